import { Counter, type Registry } from 'prom-client';
import { sleep } from './backoff.js';
import { errorFields, type Log } from './log.js';

/** A loop that fails again and again is logged no more often than this, in milliseconds; the counter has every failure. */
export const LOGGED_EVERY_MS = 10_000;

/** Work that no request waits for. */
export interface Task {
  /** What the metric and the log call it, as in `ledger maintenance`. */
  name: string;
  /** What its failure means, for whoever reads the log. */
  failure: string;
  /** Whom it is for, for the log. */
  about?: Record<string, unknown>;
}

export interface Loop {
  /** Aborts the signal of the turn at hand, waits for it, and begins no other. */
  stop(): Promise<void>;
}

/**
 * Owns everything that this process does without being asked: loops, and promises that nobody awaits. Whatever such work throws
 * is logged with its stack and counted, and never ends the process or the loop.
 */
export class Background {
  readonly #log: Log;
  readonly #failures: Counter<'task'>;
  readonly #running = new Set<Promise<void>>();
  readonly #loops = new Set<Loop>();
  readonly #logged = new Map<string, { atMs: number; since: number }>();

  constructor({ log, registry }: { log: Log; registry: Registry }) {
    this.#log = log;
    this.#failures = new Counter({
      name: 'clickledger_background_failures_total',
      help: 'Failures of work that no request waits for, by what it is.',
      labelNames: ['task'],
      registers: [registry],
    });
  }

  /** Runs work once. Never rejects; resolves with whether the work succeeded. Nobody has to await it. */
  run(task: Task, work: () => unknown): Promise<boolean> {
    const run = this.#attempt(task, work);
    const running: Promise<void> = run.then(() => void this.#running.delete(running));
    this.#running.add(running);
    return run;
  }

  /**
   * Runs work again and again until it is stopped, with a pause of `everyMs` between the end of one turn and the start of the next.
   * A turn that fails is followed by the next one as usual.
   *
   * @param pace.firstMs the pause before the first turn, in milliseconds; `everyMs` unless given
   */
  every(
    task: Task,
    pace: { everyMs: number; firstMs?: number },
    turn: (signal: AbortSignal) => unknown,
  ): Loop {
    const { everyMs, firstMs = everyMs } = pace;
    const abort = new AbortController();
    const { signal } = abort;
    const repeat = async () => {
      for (let pauseMs = firstMs; ; pauseMs = everyMs) {
        await sleep(pauseMs, signal);
        if (signal.aborted) return;
        await this.run(task, () => turn(signal));
      }
    };
    const ended = repeat();
    const loop: Loop = {
      stop: () => {
        this.#loops.delete(loop);
        abort.abort();
        return ended;
      },
    };
    this.#loops.add(loop);
    return loop;
  }

  /** Logs and counts a failure of work that has a loop of its own. Never throws. */
  failed({ name, failure, about }: Task, error: unknown): void {
    this.#failures.inc({ task: name });
    const nowMs = performance.now();
    const last = this.#logged.get(name);
    if (last && nowMs - last.atMs < LOGGED_EVERY_MS) {
      last.since++;
      return;
    }
    this.#logged.set(name, { atMs: nowMs, since: 0 });
    this.#log.error({ task: name, ...about, ...errorFields(error), unlogged: last?.since ?? 0 }, failure);
  }

  /** Stops every loop, and waits for them and for all that was started once. Work that begins later is not waited for. */
  async stop(): Promise<void> {
    await Promise.all([...this.#loops].map((loop) => loop.stop()));
    await Promise.all(this.#running);
  }

  async #attempt(task: Task, work: () => unknown): Promise<boolean> {
    try {
      await work();
      return true;
    } catch (error) {
      this.failed(task, error);
      return false;
    }
  }
}
