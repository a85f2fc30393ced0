/** Slots of the window: the running ten seconds and the six before, so that it spans a minute and a bit. */
const SLOT_MS = 10_000;
const SLOTS = 7;
/** Steps of 5 % from 0.05 ms: a percentile is at most 5 % above the true one. The last bucket holds all from about 20 s on. */
const FIRST_MS = 0.05;
const STEP = 1.05;
const BUCKETS = 265;
const LOG_STEP = Math.log(STEP);

export interface Percentiles {
  p50_ms: number;
  p99_ms: number;
  count: number;
}

/** Percentiles of the last minute, for people to look at: an observation is one increment, and nothing is kept of it. */
export class LatencyWindow {
  readonly #counts = Array.from({ length: SLOTS }, () => new Uint32Array(BUCKETS));
  #slot = 0;

  constructor(private readonly now: () => number) {}

  /** @param times how many things took this long, such as the clicks of one commit */
  observe(ms: number, times = 1): void {
    this.#turn();
    const step = ms <= FIRST_MS ? 0 : Math.ceil(Math.log(ms / FIRST_MS) / LOG_STEP);
    const counts = this.#counts[this.#slot % SLOTS];
    const bucket = Math.min(step, BUCKETS - 1);
    if (counts) counts[bucket] = (counts[bucket] ?? 0) + times;
  }

  /** Null when nothing was observed. */
  percentiles(): Percentiles | null {
    this.#turn();
    const sums = new Float64Array(BUCKETS);
    let count = 0;
    for (const counts of this.#counts)
      for (const [bucket, n] of counts.entries()) {
        sums[bucket] = (sums[bucket] ?? 0) + n;
        count += n;
      }
    if (count === 0) return null;
    const at = (share: number) => {
      let left = count * share;
      const bucket = sums.findIndex((n) => {
        left -= n;
        return left <= 0;
      });
      return Math.round(FIRST_MS * STEP ** bucket * 100) / 100;
    };
    return { p50_ms: at(0.5), p99_ms: at(0.99), count };
  }

  #turn(): void {
    const slot = Math.floor(this.now() / SLOT_MS);
    for (let passed = Math.min(slot - this.#slot, SLOTS); passed > 0; passed--)
      this.#counts[(slot - passed + 1) % SLOTS]?.fill(0);
    if (slot > this.#slot) this.#slot = slot;
  }
}
