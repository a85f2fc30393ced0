import { type AggregateRow, bucketStart, momentBefore, nextBucket } from '@clickledger/contract';
import { type Figures, figuresOf, NO_FIGURES } from '../api/questions.js';
import type { Range } from '../lib/range.js';

/** The lines of the chart. Colours are variables of styles.css. */
export const SERIES = [
  { key: 'clicks', label: 'Clicks', color: '--c-series-clicks' },
  { key: 'billable', label: 'Billable', color: '--c-series-billable' },
  { key: 'flagged', label: 'Flagged', color: '--c-series-flagged' },
  { key: 'users', label: 'Unique users ≈', color: '--c-series-users' },
  { key: 'spendMicros', label: 'Spend', color: '--c-series-spend' },
  { key: 'conversions', label: 'Conversions', color: '--c-series-conversions' },
] as const satisfies readonly { key: keyof Figures; label: string; color: string }[];
export type SeriesKey = (typeof SERIES)[number]['key'];

/** Billable clicks equal all clicks while none is flagged: they are drawn first and wider, so that both lines are seen. */
export const inDrawingOrder = (shown: readonly SeriesKey[]): SeriesKey[] =>
  shown.toSorted((a, b) => Number(b === 'billable') - Number(a === 'billable'));

/** Width of a line, in pixels. */
export const lineWidth = (key: SeriesKey, shown: readonly SeriesKey[]): number =>
  key === 'billable' && shown.includes('clicks') ? 5 : 2;

/** One bucket of the chart; `startMs` in milliseconds since 1970. */
export interface Point extends Figures {
  startMs: number;
  /** The bucket in the same place of the range before; null when there is none. */
  previous: (Figures & { startMs: number }) | null;
  /** `running`: begun and not over, so its figures still grow. `future`: not begun. */
  state: 'over' | 'running' | 'future';
}

/**
 * The buckets of a range beside those of the range compared with: days beside days, and hours beside the hours that clocks
 * called the same. An hour that clocks repeat stands once beside the other day's one.
 */
export function toPoints(
  rows: readonly AggregateRow[],
  previousRows: readonly AggregateRow[] | undefined,
  range: Range,
  nowMs: number,
): Point[] {
  const before = new Map(previousRows?.map((row) => [Date.parse(row.time_bucket), row]));
  return rows.map((row) => {
    const startMs = Date.parse(row.time_bucket);
    const beforeMs = bucketStart(momentBefore(range, startMs), range.granularity, range.zone);
    const beside = before.get(beforeMs);
    before.delete(beforeMs);
    const endMs = nextBucket(startMs, range.granularity, range.zone);
    return {
      startMs,
      ...(row.clicks === 0 && !row.conversions ? NO_FIGURES : figuresOf(row)),
      previous: beside ? { startMs: beforeMs, ...figuresOf(beside) } : null,
      state: startMs > nowMs ? 'future' : endMs > nowMs ? 'running' : 'over',
    };
  });
}

/** The values of a series, a line for each way of drawing: null where the line has a gap. */
export interface SeriesLines {
  key: SeriesKey;
  over: (number | null)[];
  /** What is running, to be dashed, with the point before it so that the line goes on. */
  running: (number | null)[];
  /** The period before: of the first series shown only, since of all of them it would be a thicket. */
  before: (number | null)[];
}

/** What a chart draws, in drawing order; spend in units of its currency. */
export const seriesLines = (points: readonly Point[], shown: readonly SeriesKey[]): SeriesLines[] =>
  inDrawingOrder(shown).map((key) => {
    const figureOf = (figures: Figures) => (key === 'spendMicros' ? figures[key] / 1_000_000 : figures[key]);
    // Flagged clicks are drawn where there are any, and from and to the zero beside them: not as a line along the axis.
    const isDrawn = (index: number) =>
      key !== 'flagged' || [index - 1, index, index + 1].some((i) => (points[i]?.flagged ?? 0) > 0);
    const where = (holds: (point: Point, index: number) => boolean) =>
      points.map((point, index) => (holds(point, index) && isDrawn(index) ? figureOf(point) : null));
    return {
      key,
      over: where(({ state }) => state === 'over'),
      running: where(({ state }, index) => state === 'running' || points[index + 1]?.state === 'running'),
      before: points.map(({ previous }) => (key === shown[0] && previous ? figureOf(previous) : null)),
    };
  });
