import type { Granularity } from '@clickledger/contract';
import { bucketStart, zoneOffsetMs } from '../analytics/queries/ranges.js';

export interface Range {
  startMs: number;
  /** Not included. */
  endMs: number;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;
const UNIT_MS = { m: MINUTE_MS, h: HOUR_MS, d: DAY_MS };

/** Midnight of the first of the month, `months` after the month that holds the moment. */
function monthStart(atMs: number, months: number, zone: string): number {
  const local = new Date(atMs + zoneOffsetMs(atMs, zone));
  const midnight = Date.UTC(local.getUTCFullYear(), local.getUTCMonth() + months, 1);
  // The first of the month in UTC is at most a day off; its noon is surely in it.
  return bucketStart(midnight - zoneOffsetMs(midnight, zone) + DAY_MS / 2, 'day', zone);
}

/** Midnight, `days` after the day that holds the moment. */
function dayStart(atMs: number, days: number, zone: string): number {
  const start = bucketStart(atMs, 'day', zone);
  // Noon of a day is in that day, however long the days between are.
  return days === 0 ? start : bucketStart(start + days * DAY_MS + DAY_MS / 2, 'day', zone);
}

/** The end of the bucket that holds this moment, so that the running bucket is in the range. */
function bucketEnd(atMs: number, granularity: Granularity, zone: string): number {
  if (granularity === 'day') return dayStart(atMs, 1, zone);
  if (granularity === 'hour') return bucketStart(atMs, 'hour', zone) + HOUR_MS;
  return bucketStart(atMs, 'minute', zone) + MINUTE_MS;
}

/**
 * The range that a token means now (see `RangeToken`): whole buckets, the running one included, so that everyone who looks at the
 * same view in the same minute asks the same question.
 *
 * `last_24h` by hour is the running hour and the 23 before; by minute or in total it ends with the running minute.
 */
export function resolveRange(token: string, nowMs: number, granularity: Granularity, zone: string): Range {
  switch (token) {
    case 'today':
      return { startMs: dayStart(nowMs, 0, zone), endMs: dayStart(nowMs, 1, zone) };
    case 'yesterday':
      return { startMs: dayStart(nowMs, -1, zone), endMs: dayStart(nowMs, 0, zone) };
    case 'this_month':
      return { startMs: monthStart(nowMs, 0, zone), endMs: monthStart(nowMs, 1, zone) };
    case 'last_month':
      return { startMs: monthStart(nowMs, -1, zone), endMs: monthStart(nowMs, 0, zone) };
  }
  const [, count, unit] = /^last_(\d+)(mo|m|h|d)$/.exec(token) ?? [];
  if (count === undefined || unit === undefined) throw new Error(`not a range: ${token}`);
  const endMs = bucketEnd(nowMs, granularity, zone);
  if (unit === 'mo') {
    const day = new Date(nowMs + zoneOffsetMs(nowMs, zone)).getUTCDate();
    const first = monthStart(nowMs, -Number(count), zone);
    return { startMs: dayStart(first, day, zone), endMs };
  }
  if (unit === 'd' && granularity === 'day')
    return { startMs: dayStart(nowMs, 1 - Number(count), zone), endMs };
  return { startMs: endMs - Number(count) * UNIT_MS[unit as 'm' | 'h' | 'd'], endMs };
}

/** The range of the same length before it. */
export const previousRange = ({ startMs, endMs }: Range): Range => ({
  startMs: startMs - (endMs - startMs),
  endMs: startMs,
});
