import { createHistogram } from 'node:perf_hooks';

/** Slots of the window: the running ten seconds and the six before, so that it spans a minute and a bit. */
const SLOT_MS = 10_000;
const SLOTS = 7;
/** In microseconds, to two digits: a percentile is at most 1 % above the true one. What takes longer counts as the highest. */
const RANGE = { lowest: 1, highest: 60_000_000, figures: 2 };

export interface Percentiles {
  p50_ms: number;
  p99_ms: number;
  count: number;
}

/** Percentiles of the last minute, for people to look at: an observation is one increment, and nothing is kept of it. */
export class LatencyWindow {
  readonly #slots = Array.from({ length: SLOTS }, () => createHistogram(RANGE));
  #slot = 0;

  constructor(private readonly now: () => number) {}

  observe(ms: number): void {
    this.#turn();
    const micros = Math.min(RANGE.highest, Math.max(RANGE.lowest, Math.round(ms * 1_000)));
    this.#slots[this.#slot % SLOTS]?.record(micros);
  }

  /** Null when nothing was observed. */
  percentiles(): Percentiles | null {
    this.#turn();
    const all = createHistogram(RANGE);
    for (const slot of this.#slots) all.add(slot);
    if (all.count === 0) return null;
    const at = (percent: number) => Math.round(all.percentile(percent) / 10) / 100;
    return { p50_ms: at(50), p99_ms: at(99), count: all.count };
  }

  #turn(): void {
    const slot = Math.floor(this.now() / SLOT_MS);
    for (let passed = Math.min(slot - this.#slot, SLOTS); passed > 0; passed--)
      this.#slots[(slot - passed + 1) % SLOTS]?.reset();
    if (slot > this.#slot) this.#slot = slot;
  }
}
