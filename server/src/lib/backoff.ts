import { setTimeout as delay } from 'node:timers/promises';

/** Exponential back-off with a ceiling, for retries that go on for ever. Delays in milliseconds. */
export class Backoff {
  #nextMs: number;

  constructor(
    readonly firstMs = 100,
    readonly maxMs = 10_000,
  ) {
    this.#nextMs = firstMs;
  }

  /** The delay to wait now; the next one is twice as long, up to the ceiling. */
  next(): number {
    const delay = this.#nextMs;
    this.#nextMs = Math.min(this.maxMs, delay * 2);
    return delay;
  }

  /** After a success. */
  reset(): void {
    this.#nextMs = this.firstMs;
  }
}

/** Resolves after the delay, or at once when the signal is aborted. */
export const sleep = (ms: number, signal?: AbortSignal): Promise<void> =>
  delay(ms, undefined, { signal }).catch(() => undefined);
