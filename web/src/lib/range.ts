import { COMPARE_DEFAULT, type Comparison, comparedWith } from './comparison.js';
import { PRESETS, type RangeChoice } from './presets.js';
import {
  type BucketSize,
  floorTo,
  nextBucket,
  startOfDay,
  startOfMonth,
  startOfWeek,
  yearEarlier,
} from './zone.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** A half-open range of time, in milliseconds since 1970. */
export interface Span {
  startMs: number;
  endMs: number;
}

/** A range as it is asked: whole buckets, the running one included, so that everybody who looks at it asks the same. */
export interface Range extends Span {
  granularity: BucketSize;
  zone: string;
  /** The range compared with: as much of it as has passed of this one. */
  previous: Span;
  /** Where the range compared with ends when it is taken whole. */
  previousEndMs: number;
  /** Its moments are those that the zone's clocks showed then, not those so many hours before: days have 23 to 25. */
  byClock: boolean;
}

/** Most points a chart is asked to draw; the API allows more. */
const BUCKETS_MAX = 10_000;
/** Ranges up to these lengths are drawn by the minute and by the hour unless another size is chosen. */
const BY_MINUTE_MS_MAX = 6 * HOUR_MS;
const BY_HOUR_MS_MAX = 16 * DAY_MS;

const SIZE_MS: Record<BucketSize, number> = { minute: MINUTE_MS, hour: HOUR_MS, day: DAY_MS };
const SIZES: readonly BucketSize[] = ['minute', 'hour', 'day'];

/** Bucket sizes that suit a length: at least two buckets, and no more than a chart can draw. */
export function granularitiesFor(lengthMs: number): BucketSize[] {
  const fitting = SIZES.filter((size) => {
    const buckets = lengthMs / SIZE_MS[size];
    return buckets >= 2 && buckets <= BUCKETS_MAX;
  });
  return fitting.length > 0 ? fitting : ['minute'];
}

/** The bucket size for a range of this length in milliseconds. */
export function granularityFor(lengthMs: number): BucketSize {
  if (lengthMs <= BY_MINUTE_MS_MAX) return 'minute';
  return lengthMs <= BY_HOUR_MS_MAX ? 'hour' : 'day';
}

/** The range of a choice, when the running bucket is of this size. */
function spanOf(choice: RangeChoice, size: BucketSize, nowMs: number, zone: string): Span {
  if (choice.preset === 'custom') return { startMs: choice.fromMs, endMs: choice.toMs };
  const reachedMs = nextBucket(size, floorTo(size, nowMs, zone), zone);
  const today = startOfDay(nowMs, zone);
  const tomorrow = startOfDay(nowMs, zone, 1);
  const endMs = choice.withToday ? reachedMs : today;
  switch (choice.preset) {
    case '15m':
      return { startMs: reachedMs - 15 * MINUTE_MS, endMs: reachedMs };
    case '1h':
      return { startMs: reachedMs - HOUR_MS, endMs: reachedMs };
    case '24h':
      return { startMs: reachedMs - DAY_MS, endMs: reachedMs };
    case 'today':
      return { startMs: today, endMs: tomorrow };
    case 'yesterday':
      return { startMs: startOfDay(nowMs, zone, -1), endMs: today };
    case 'week':
      return { startMs: startOfWeek(nowMs, zone), endMs: reachedMs };
    case 'lastweek':
      return { startMs: startOfWeek(nowMs, zone, -1), endMs: startOfWeek(nowMs, zone) };
    case '7d':
      return { startMs: startOfDay(nowMs, zone, choice.withToday ? -6 : -7), endMs };
    case '30d':
      return { startMs: startOfDay(nowMs, zone, choice.withToday ? -29 : -30), endMs };
    case 'month':
      return { startMs: startOfMonth(nowMs, zone), endMs: reachedMs };
    case 'lastmonth':
      return { startMs: startOfMonth(nowMs, zone, -1), endMs: startOfMonth(nowMs, zone) };
    case '12mo':
      return { startMs: yearEarlier(choice.withToday ? tomorrow : today, zone), endMs };
  }
}

/** The range of a choice at a time. `chosen` is a bucket size; one that does not suit the length is not taken. */
export function resolveRange(
  choice: RangeChoice,
  nowMs: number,
  zone: string,
  chosen?: BucketSize,
  comparison: Comparison = COMPARE_DEFAULT,
): Range {
  const named = choice.preset === 'custom' ? undefined : PRESETS[choice.preset].granularity;
  const rough = spanOf(choice, 'minute', nowMs, zone);
  const suits = chosen !== undefined && granularitiesFor(rough.endMs - rough.startMs).includes(chosen);
  const granularity = suits ? chosen : (named ?? granularityFor(rough.endMs - rough.startMs));
  const span = spanOf(choice, granularity, nowMs, zone);
  return { ...span, granularity, zone, ...comparedWith(choice, comparison, span, nowMs, zone) };
}
