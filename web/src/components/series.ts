import type { AggregateRow } from '@clickledger/contract';

/** The lines of the chart. Colours are variables of styles.css. */
export const SERIES = [
  { key: 'clicks', label: 'Clicks', color: 'var(--c-series-clicks)' },
  { key: 'flagged', label: 'Flagged', color: 'var(--c-series-flagged)' },
  { key: 'users', label: 'Users ≈', color: 'var(--c-series-users)' },
] as const;
export type SeriesKey = (typeof SERIES)[number]['key'];

/** One bucket of the chart; `startMs` in milliseconds since 1970. */
export interface Point {
  startMs: number;
  clicks: number;
  flagged: number;
  users: number;
}

/** The points of an answer. */
export const toPoints = (rows: readonly AggregateRow[]): Point[] =>
  rows.map((row) => ({
    startMs: Date.parse(row.time_bucket),
    clicks: row.clicks,
    flagged: row.fraud_count,
    users: row.unique_users,
  }));
