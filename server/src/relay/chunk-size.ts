import { CHUNK_CLICKS_MAX } from '../ledger/chunks.js';

/** How long one chunk should take: whatever is committed meanwhile waits for it. */
const AIM_MS = 1_000;
const CLICKS_MIN = 5_000;
/** Analytics is tried with a little more after each chunk that was quick. */
const GROWTH = 1.25;

/**
 * How many clicks the next chunk may have: as many as analytics loads in about a second. Most of the time that is the most that a chunk
 * can have. Clicks of many campaigns make many rows in each rollup and take ten times as long, and all tenants wait for the same chunk.
 */
export class ChunkSize {
  #clicksMax = CHUNK_CLICKS_MAX;

  get clicksMax(): number {
    return Math.round(this.#clicksMax);
  }

  /** @param clicks that analytics loaded in `ms` milliseconds, as one chunk */
  loaded(clicks: number, ms: number): void {
    if (ms <= AIM_MS) this.#clicksMax = Math.min(CHUNK_CLICKS_MAX, this.#clicksMax * GROWTH);
    // A few clicks that take long say nothing of more clicks: the engine was busy.
    else if (clicks > CLICKS_MIN)
      this.#clicksMax = Math.max(CLICKS_MIN, Math.min(this.#clicksMax, clicks * (AIM_MS / ms)));
  }
}
