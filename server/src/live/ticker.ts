/** Time between two runs. */
export const TICK_MS = 1_000;

/** Runs work about once a second while it is started, or at once when poked; never twice at a time. */
export class Ticker {
  #timer: NodeJS.Timeout | null = null;
  #isRunning = false;
  #isPoked = false;

  constructor(private readonly work: () => Promise<void>) {}

  start(): void {
    this.#timer ??= setInterval(() => void this.#run(), TICK_MS);
  }

  stop(): void {
    if (this.#timer) clearInterval(this.#timer);
    this.#timer = null;
  }

  /** Something new is to be done: do not wait for the second to end. */
  poke(): void {
    if (this.#isPoked) return;
    this.#isPoked = true;
    setImmediate(() => void this.#run());
  }

  async #run(): Promise<void> {
    if (this.#isRunning || !this.#timer) return;
    this.#isRunning = true;
    this.#isPoked = false;
    try {
      await this.work();
    } finally {
      this.#isRunning = false;
      // Poked while at work: what was added then may not have been seen.
      if (this.#isPoked) setImmediate(() => void this.#run());
    }
  }
}
