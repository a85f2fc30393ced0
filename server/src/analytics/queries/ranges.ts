import {
  type AggregateSource,
  type BucketSize,
  bucketStart,
  type Granularity,
  nextBucket,
  zoneOffsetMs,
} from '@clickledger/contract';
import { DAY_MS, type IsFolded, NONE_FOLDED } from './folded-days.js';

/** A piece of a range and where it is read: a rollup, or the raw clicks where no bucket fits. */
export interface Piece {
  source: AggregateSource;
  fromMs: number;
  /** Not included. */
  toMs: number;
}

const UNITS: readonly { source: AggregateSource; ms: number }[] = [
  { source: 'clicks_by_day', ms: DAY_MS },
  { source: 'clicks_by_hour', ms: 3_600_000 },
  { source: 'clicks_by_minute', ms: 60_000 },
];

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

/** No zone has changed its clocks by parts of an hour and back within so short a time. */
const OFFSET_KEPT_MS = 7 * DAY_MS;

/** Whether a zone is off UTC by whole hours all through a range; India, Nepal and Lord Howe's half-hour summer time are not. */
function isOffWholeHours(fromMs: number, toMs: number, zone: string): boolean {
  for (let at = fromMs; at < toMs; at += OFFSET_KEPT_MS)
    if (zoneOffsetMs(at, zone) % HOUR_MS !== 0) return false;
  return zoneOffsetMs(toMs, zone) % HOUR_MS === 0;
}

/** The coarsest rollup whose buckets never straddle two buckets of the answer. */
function coarsestUnit(granularity: Granularity, zone: string, fromMs: number, toMs: number): number {
  if (granularity === 'total') return 0;
  if (granularity === 'minute') return 2;
  const utc = zone === 'UTC' || zone === 'Etc/UTC';
  if (utc) return granularity === 'day' ? 0 : 1;
  return isOffWholeHours(fromMs, toMs, zone) ? 1 : 2;
}

/** Whole days cut where folded ones begin or end. */
function runsOfDays(fromMs: number, toMs: number, isFolded: IsFolded) {
  const runs: { isFolded: boolean; range: { fromMs: number; toMs: number } }[] = [];
  for (let day = fromMs; day < toMs; day += DAY_MS) {
    const last = runs.at(-1);
    if (last?.isFolded === isFolded(day)) last.range.toMs = day + DAY_MS;
    else runs.push({ isFolded: isFolded(day), range: { fromMs: day, toMs: day + DAY_MS } });
  }
  return runs;
}

/** What a range may be read from: the raw clicks only, the hour and day rollups too, or every rollup. */
export type Available = 'raw' | 'hours' | 'all';

/**
 * Splits a range into the fewest reads: coarse buckets in the middle, finer ones and raw clicks at ragged edges.
 *
 * @param isFolded which days may be read as such; the others are read from their hours
 */
export function splitRange(
  fromMs: number,
  toMs: number,
  granularity: Granularity,
  zone: string,
  available: Available = 'all',
  isFolded: IsFolded = NONE_FOLDED,
): Piece[] {
  const units = { raw: [], hours: UNITS.slice(0, 2), all: UNITS }[available];
  const split = (from: number, to: number, unit: number): Piece[] => {
    if (from >= to) return [];
    const chosen = units[unit];
    if (!chosen) return [{ source: 'click_events', fromMs: from, toMs: to }];
    const first = Math.ceil(from / chosen.ms) * chosen.ms;
    const last = Math.floor(to / chosen.ms) * chosen.ms;
    if (first >= last) return split(from, to, unit + 1);
    const middle: Piece[] =
      chosen.source === 'clicks_by_day'
        ? runsOfDays(first, last, isFolded).flatMap((run) =>
            run.isFolded
              ? [{ source: chosen.source, ...run.range }]
              : split(run.range.fromMs, run.range.toMs, unit + 1),
          )
        : [{ source: chosen.source, fromMs: first, toMs: last }];
    return [...split(from, first, unit + 1), ...middle, ...split(last, to, unit + 1)];
  };
  return split(fromMs, toMs, coarsestUnit(granularity, zone, fromMs, toMs));
}

/** A moment in whole seconds, held to what a bucket's `DateTime` can be (until 2106; a query may ask until 2199). */
export const bucketSeconds = (ms: number): number => Math.min(Math.floor(ms / 1_000), 2 ** 32 - 1);

/** The starts of all buckets that touch the range. */
export function bucketStarts(fromMs: number, toMs: number, size: BucketSize, zone: string): number[] {
  if (size === 'hour') return hourStarts(fromMs, toMs, zone);
  const starts: number[] = [];
  for (let at = bucketStart(fromMs, size, zone); at < toMs; at = nextBucket(at, size, zone)) starts.push(at);
  return starts;
}

/** Hours of the zone's clock. Where it is changed by part of an hour, one begins before the one in front of it has ended. */
function hourStarts(fromMs: number, toMs: number, zone: string): number[] {
  const starts = new Set<number>();
  for (let at = fromMs; at < toMs; at += DAY_MS) {
    const end = Math.min(at + DAY_MS, toMs);
    const isChanged = zoneOffsetMs(at, zone) !== zoneOffsetMs(end, zone);
    if (isChanged) {
      for (let t = at; t < end; t += MINUTE_MS) starts.add(bucketStart(t, 'hour', zone));
      starts.add(bucketStart(end - 1, 'hour', zone));
    } else for (let t = bucketStart(at, 'hour', zone); t < end; t += HOUR_MS) starts.add(t);
  }
  return [...starts].sort((a, b) => a - b);
}
