import { sleep } from './backoff.js';
import { errorFields, type Log } from './log.js';

/**
 * How a server stops, in this order. Each figure is when a phase is over at the latest, in milliseconds after the stop began; what has
 * not ended then is left, and ends with the process. deploy/ gives a server more time than all of it.
 */
export const STOP = {
  /** No new connections. Streams end at once; requests at hand, exports and imports among them, are answered or then cut. */
  drain: 8_000,
  /** The last batch is committed. Loops, the relay, a rebuild and a fold give up what they are at: each can be done again. */
  work: 12_000,
  /** Connections to the stores are closed. */
  connections: 13_000,
  /** The embedded ClickHouse ends, then PostgreSQL, which rolls back what is open and flushes the rest. */
  clickhouse: 15_000,
  postgres: 19_000,
  /** The process ends, whatever hangs. */
  process: 20_000,
};

interface Step {
  name: string;
  untilMs: number;
  stop: (leftMs: number) => unknown;
}

/** What has to be stopped, in the order in which it was started. */
export class Stopper {
  readonly #steps: Step[] = [];
  #stopped: Promise<void> | null = null;

  constructor(private readonly log: Log) {}

  /**
   * @param untilMs the end of its phase, of `STOP`
   * @param stop may be told how many milliseconds it has
   */
  add(name: string, untilMs: number, stop: Step['stop']): void {
    this.#steps.push({ name, untilMs, stop });
  }

  /** Stops everything, the last first, within `STOP.postgres`. Never rejects; said again, it waits for the same stop. */
  stop(): Promise<void> {
    this.#stopped ??= this.#run();
    return this.#stopped;
  }

  async #run(): Promise<void> {
    const startedAt = performance.now();
    const leftUntil = (untilMs: number) => Math.max(0, untilMs - (performance.now() - startedAt));
    const lateStores: Promise<unknown>[] = [];
    for (let step = this.#steps.pop(); step; step = this.#steps.pop()) {
      const { name, untilMs, stop } = step;
      const leftMs = leftUntil(untilMs);
      const isLate = new AbortController();
      try {
        const stopped = (async () => stop(leftMs))().then(() => true);
        const inTime = await Promise.race([stopped, sleep(leftMs, isLate.signal).then(() => false)]);
        if (inTime) continue;
        this.log.warn({ part: name }, 'a part did not stop in time; it is left');
        if (untilMs > STOP.connections) lateStores.push(stopped);
      } catch (error) {
        this.log.error({ part: name, ...errorFields(error) }, 'a part failed as it stopped; the others stop');
      } finally {
        isLate.abort();
      }
    }
    // An engine that was killed takes a while to be gone, on a busy machine; it should not outlive the server.
    if (lateStores.length > 0)
      await Promise.race([Promise.allSettled(lateStores), sleep(leftUntil(STOP.postgres))]);
  }
}
