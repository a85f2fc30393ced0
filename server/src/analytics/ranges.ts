import type { AggregateSource, Granularity } from '@clickledger/contract';
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

/** How far, in ms, a zone's clock is off UTC at a moment. */
export function zoneOffsetMs(atMs: number, zone: string): number {
  const parts = new Intl.DateTimeFormat('en', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  }).formatToParts(atMs);
  const part = (type: string) => Number(parts.find((one) => one.type === type)?.value);
  const local = Date.UTC(
    part('year'),
    part('month') - 1,
    part('day'),
    part('hour'),
    part('minute'),
    part('second'),
  );
  return local - Math.floor(atMs / 1_000) * 1_000;
}

/** The coarsest rollup whose buckets never straddle two buckets of the answer. */
function coarsestUnit(granularity: Granularity, zone: string, fromMs: number, toMs: number): number {
  if (granularity === 'total') return 0;
  if (granularity === 'minute') return 2;
  const utc = zone === 'UTC' || zone === 'Etc/UTC';
  if (granularity === 'day' && utc) return 0;
  // Zones off whole hours (India, Nepal, Lord Howe's half-hour summer time) need minutes; look at both ends and between.
  for (let i = 0; i <= 12; i++)
    if (zoneOffsetMs(fromMs + ((toMs - fromMs) * i) / 12, zone) % 3_600_000 !== 0) return 2;
  return 1;
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

/** Start of the bucket that holds this moment. */
export function bucketStart(atMs: number, granularity: 'minute' | 'hour' | 'day', zone: string): number {
  const unit = { minute: 60_000, hour: 3_600_000, day: DAY_MS }[granularity];
  const offset = zoneOffsetMs(atMs, zone);
  const start = Math.floor((atMs + offset) / unit) * unit - offset;
  if (granularity !== 'day') return start;
  // On the day of a change of clocks midnight had another offset than now.
  return start + offset - zoneOffsetMs(start, zone);
}

/** The starts of all buckets that touch the range. */
export function bucketStarts(
  fromMs: number,
  toMs: number,
  granularity: 'minute' | 'hour' | 'day',
  zone: string,
): number[] {
  const unit = { minute: 60_000, hour: 3_600_000, day: DAY_MS }[granularity];
  const starts: number[] = [];
  let at = bucketStart(fromMs, granularity, zone);
  while (at < toMs) {
    starts.push(at);
    // Noon of the next day is in the next day, however long this one is.
    at = granularity === 'day' ? bucketStart(at + unit * 1.5, granularity, zone) : at + unit;
  }
  return starts;
}
