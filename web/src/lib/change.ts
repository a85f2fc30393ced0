import type { Span } from '@clickledger/contract';

/** So many times as much says only that there was next to nothing before. */
const TIMES_MAX = 100;

/** The change from one count to another in words: "+12%"; null when there was nothing, or next to nothing, to compare with. */
export function relativeChange(current: number, previous: number): string | null {
  if (previous === 0 || current / previous >= TIMES_MAX) return null;
  const percent = (current / previous - 1) * 100;
  if (percent >= 1_000) return `${Math.round(current / previous)}×`;
  const rounded = Math.abs(percent) < 9.95 ? percent.toFixed(1).replace(/\.0$/, '') : percent.toFixed(0);
  if (rounded === '0' || rounded === '-0') return '0%';
  return `${percent > 0 ? '+' : '−'}${rounded.replace('-', '')}%`;
}

/** The change from one share (0 to 1) to another in percentage points: "+1.2 pp". */
export function pointChange(current: number, previous: number): string {
  const points = ((current - previous) * 100).toFixed(1);
  if (points === '0.0' || points === '-0.0') return '0\u00a0pp';
  return `${points.startsWith('-') ? '−' : '+'}${points.replace('-', '')}\u00a0pp`;
}

const DAY_MS = 86_400_000;
/** A period of which so much at its start is empty is not one to compare with. */
const EMPTY_SHARE_MAX = 1 / 3;

/**
 * Whether clicks begin only well within a period: after a day and a third of it or more. Figures against it would say how long
 * clicks have been recorded, and nothing of how they changed.
 *
 * @param clickTimesMs starts of the buckets that have clicks, oldest first, in milliseconds since 1970
 */
export function clicksBeginLate(clickTimesMs: readonly number[], { startMs, endMs }: Span): boolean {
  const [firstMs] = clickTimesMs;
  if (firstMs === undefined) return false;
  return firstMs - startMs >= Math.max(DAY_MS, (endMs - startMs) * EMPTY_SHARE_MAX);
}
