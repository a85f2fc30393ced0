import type { Background, Task } from '../lib/background.js';

/** Time between two runs. */
export const TICK_MS = 1_000;

/** Runs work about once a second while it is started, or at once when poked; never twice at a time. */
export class Ticker {
  #timer: NodeJS.Timeout | null = null;
  #isRunning = false;
  #isPoked = false;

  constructor(
    private readonly background: Background,
    private readonly task: Task,
    private readonly work: () => Promise<void>,
  ) {}

  start(): void {
    this.#timer ??= setInterval(() => this.#run(), TICK_MS);
  }

  stop(): void {
    if (this.#timer) clearInterval(this.#timer);
    this.#timer = null;
  }

  /** Something new is to be done: do not wait for the second to end. */
  poke(): void {
    if (this.#isPoked) return;
    this.#isPoked = true;
    if (!this.#isRunning) setImmediate(() => this.#run());
  }

  #run(): void {
    // While at work: what was poked then may not have been seen, and is looked at after it.
    if (this.#isRunning) return;
    this.#isPoked = false;
    if (!this.#timer) return;
    this.#isRunning = true;
    void this.background.run(this.task, this.work).then(() => {
      this.#isRunning = false;
      if (this.#isPoked) setImmediate(() => this.#run());
    });
  }
}
