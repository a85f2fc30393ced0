import { Backoff } from '../lib/backoff.js';

/** A child that ran for so long has started well: its next end is a new trouble, not the same one. */
const WELL_MS = 30_000;
/** So many ends within `LOOP_MS` are a crash loop. */
export const LOOP_ENDS = 3;
const LOOP_MS = 5 * 60_000;

/** How often a child ended by itself, and how long to wait before it is started again. */
export class Restarts {
  readonly #backoff = new Backoff();
  #total = 0;
  #ends: number[] = [];

  constructor(private readonly now: () => number = Date.now) {}

  /** The child ended. Returns the pause before its next start, in milliseconds: longer each time, up to ten seconds. */
  ended(startedAtMs: number): number {
    this.#total++;
    this.#ends = [...this.#ends, this.now()].slice(-LOOP_ENDS);
    if (this.now() - startedAtMs > WELL_MS) this.#backoff.reset();
    return this.#backoff.next();
  }

  /** Since the start of this process. */
  get total(): number {
    return this.#total;
  }

  /** Whether it ends again and again. */
  get isLooping(): boolean {
    return this.#ends.length === LOOP_ENDS && this.now() - (this.#ends[0] ?? 0) < LOOP_MS;
  }
}
