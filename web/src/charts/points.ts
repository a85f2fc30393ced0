import type { AggregateRow } from '@clickledger/contract';
import { type Figures, figuresOf, NO_FIGURES } from '../api/questions.js';
import type { Range } from '../lib/range.js';
import { nextBucket } from '../lib/zone.js';

/** The lines of the chart. Colours are variables of styles.css. */
export const SERIES = [
  { key: 'clicks', label: 'Clicks', color: '--c-series-clicks' },
  { key: 'billable', label: 'Billable', color: '--c-series-billable' },
  { key: 'flagged', label: 'Flagged', color: '--c-series-flagged' },
  { key: 'users', label: 'Unique users ≈', color: '--c-series-users' },
  { key: 'spendMicros', label: 'Spend', color: '--c-series-spend' },
] as const satisfies readonly { key: keyof Figures; label: string; color: string }[];
export type SeriesKey = (typeof SERIES)[number]['key'];

/** One bucket of the chart; `startMs` in milliseconds since 1970. */
export interface Point extends Figures {
  startMs: number;
  /** The bucket in the same place of the range before; null when there is none. */
  previous: (Figures & { startMs: number }) | null;
  /** `running`: begun and not over, so its figures still grow. `future`: not begun. */
  state: 'over' | 'running' | 'future';
}

/** The buckets of a range beside those of the range before. */
export function toPoints(
  rows: readonly AggregateRow[],
  previousRows: readonly AggregateRow[] | undefined,
  range: Range,
  nowMs: number,
): Point[] {
  return rows.map((row, index) => {
    const startMs = Date.parse(row.time_bucket);
    const before = previousRows?.[index];
    const endMs = nextBucket(range.granularity, startMs, range.zone);
    return {
      startMs,
      ...(row.clicks === 0 ? NO_FIGURES : figuresOf(row)),
      previous: before ? { startMs: Date.parse(before.time_bucket), ...figuresOf(before) } : null,
      state: startMs > nowMs ? 'future' : endMs > nowMs ? 'running' : 'over',
    };
  });
}
