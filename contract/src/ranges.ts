import {
  type BucketSize,
  bucketStart,
  fromWallClock,
  isMidnight,
  monthsEarlier,
  nextBucket,
  startOfDay,
  startOfMonth,
  startOfWeek,
  wallClock,
} from './zone.js';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const UNIT_MS = { m: MINUTE_MS, h: 60 * MINUTE_MS, d: DAY_MS };

/** A half-open range of time, in milliseconds since 1970. */
export interface Span {
  startMs: number;
  endMs: number;
}

/** A range as it is asked for: a token, which means another span as time passes, or a span. */
export type AskedRange = string | Span;

/**
 * Ranges that move with the clock, as the API and the dashboard's addresses have them, in days, weeks and months of a time zone:
 *
 * - `last_15m`, `last_24h`, `last_30d`, `last_12mo` (any number): so much time up to the end of the running bucket.
 * - `last_7d_to_yesterday`, `last_12mo_to_yesterday`: whole days, without today.
 * - `last_7d_to_date`, `last_12mo_to_date`: the same with today, up to the end of the running bucket.
 * - `week_to_date`, `month_to_date`: from Monday, or from the first, up to the end of the running bucket.
 * - `today`, `yesterday`, `last_week`, `this_month`, `last_month`: all of it, also what has not passed yet.
 */
export const RANGE_PATTERN =
  /^(last_[1-9]\d{0,3}(m|h|(d|mo)(_to_date|_to_yesterday)?)|today|yesterday|(week|month)_to_date|last_week|this_month|last_month)$/;

const counted = (token: string) => {
  const [, count, unit, until] = /^last_(\d+)(mo|m|h|d)(?:_to_(date|yesterday))?$/.exec(token) ?? [];
  return { count: Number(count), unit, until };
};

/**
 * The span that a token means now (see `RANGE_PATTERN`): whole buckets, so that everybody who looks at the same view asks the same
 * until a bucket has passed. `last_24h` by the hour is the running hour and the 23 before it.
 *
 * @throws Error for a token that is none
 */
export function resolveRange(token: string, nowMs: number, bucket: BucketSize, zone: string): Span {
  const day = (days: number) => startOfDay(nowMs, zone, days);
  const reached = () => nextBucket(bucketStart(nowMs, bucket, zone), bucket, zone);
  switch (token) {
    case 'today':
      return { startMs: day(0), endMs: day(1) };
    case 'yesterday':
      return { startMs: day(-1), endMs: day(0) };
    case 'week_to_date':
      return { startMs: startOfWeek(nowMs, zone), endMs: reached() };
    case 'last_week':
      return { startMs: startOfWeek(nowMs, zone, -1), endMs: startOfWeek(nowMs, zone) };
    case 'month_to_date':
      return { startMs: startOfMonth(nowMs, zone), endMs: reached() };
    case 'this_month':
      return { startMs: startOfMonth(nowMs, zone), endMs: startOfMonth(nowMs, zone, 1) };
    case 'last_month':
      return { startMs: startOfMonth(nowMs, zone, -1), endMs: startOfMonth(nowMs, zone) };
  }
  const { count, unit, until } = counted(token);
  if (unit === undefined) throw new Error(`not a range: ${token}`);
  if (until !== undefined) {
    const end = day(until === 'date' ? 1 : 0);
    const startMs = unit === 'd' ? startOfDay(end, zone, -count) : monthsEarlier(end, zone, count);
    return { startMs, endMs: until === 'date' ? reached() : end };
  }
  const endMs = reached();
  if (unit === 'mo') {
    const dayOfMonth = new Date(wallClock(nowMs, zone)).getUTCDate();
    return { startMs: startOfDay(startOfMonth(nowMs, zone, -count), zone, dayOfMonth), endMs };
  }
  if (unit === 'd' && bucket === 'day') return { startMs: day(1 - count), endMs };
  return { startMs: endMs - count * UNIT_MS[unit as 'm' | 'h' | 'd'], endMs };
}

/**
 * What a range can be compared with:
 *
 * - `previous`: as long a span, up to the range's start.
 * - `previous_period`: the day, week, month, or so many days, before it, by the zone's clock.
 * - `previous_year`: the same dates a year earlier.
 * - `…_to_date`: of these as much as has passed of the range.
 */
export const COMPARE_TOKENS = [
  'previous',
  'previous_period',
  'previous_period_to_date',
  'previous_year',
  'previous_year_to_date',
] as const;
export type CompareToken = (typeof COMPARE_TOKENS)[number];

/** Where the period before a range begins, and whether the two are compared by the clock. */
function periodBefore(asked: AskedRange, { startMs, endMs }: Span, zone: string): [number, boolean] {
  const plain: [number, boolean] = [startMs - (endMs - startMs), false];
  const days = (count: number): [number, boolean] => [startOfDay(startMs, zone, -count), true];
  if (typeof asked !== 'string') {
    if (!isMidnight(startMs, zone) || !isMidnight(endMs, zone)) return plain;
    return days(Math.round((wallClock(endMs, zone) - wallClock(startMs, zone)) / DAY_MS));
  }
  if (asked === 'today' || asked === 'yesterday') return days(1);
  if (asked.includes('week')) return days(7);
  if (asked.includes('month')) return [startOfMonth(startMs, zone, -1), true];
  const { count, unit, until } = counted(asked);
  if (until === undefined) return plain;
  return unit === 'd' ? days(count) : [monthsEarlier(startMs, zone, count), true];
}

/** Ranges above this are compared by the hour: what is off then is less than a percent or two. */
const BY_HOUR_PREVIOUS_MS_MIN = 3 * DAY_MS;

/** The span that a range is compared with. */
export interface Compared {
  /** As much of it as has passed of the range; all of it once the range is over. */
  previous: Span;
  /** Where all of it ends. */
  previousEndMs: number;
  /** Its moments are those that the zone's clocks showed then, not those so many hours before: days have 23 to 25. */
  byClock: boolean;
}

/**
 * What a range is compared with.
 *
 * @param span the range, resolved
 */
export function comparedWith(
  asked: AskedRange,
  kind: 'period' | 'year',
  span: Span,
  nowMs: number,
  zone: string,
): Compared {
  // Not finer than that: a new end is a new question, and whole hours are read from fewer rows.
  const step = span.endMs - span.startMs > BY_HOUR_PREVIOUS_MS_MIN ? 'hour' : 'minute';
  const reachedMs = Math.min(span.endMs, nextBucket(bucketStart(nowMs, step, zone), step, zone));
  const isOver = nowMs >= span.endMs;
  if (kind === 'year') {
    const startMs = monthsEarlier(span.startMs, zone, 12);
    // Not before its start: in the hour that clocks repeat, a range may end at the time of day at which it began.
    const yearBefore = (ms: number) => Math.max(startMs + MINUTE_MS, monthsEarlier(ms, zone, 12));
    const previousEndMs = yearBefore(span.endMs);
    const endMs = isOver ? previousEndMs : yearBefore(reachedMs);
    return { previous: { startMs, endMs }, previousEndMs, byClock: true };
  }
  const [startMs, byClock] = periodBefore(asked, span, zone);
  const passed = momentBefore({ startMs: span.startMs, zone, byClock, previous: { startMs } }, reachedMs);
  const endMs = isOver ? span.startMs : Math.min(span.startMs, Math.max(startMs + MINUTE_MS, passed));
  return { previous: { startMs, endMs }, previousEndMs: span.startMs, byClock };
}

/** The span that a token for a comparison means now. */
export function comparedSpan(
  token: CompareToken,
  asked: AskedRange,
  span: Span,
  nowMs: number,
  zone: string,
): Span {
  const { startMs, endMs } = span;
  if (token === 'previous') return { startMs: startMs - (endMs - startMs), endMs: startMs };
  const kind = token.startsWith('previous_year') ? 'year' : 'period';
  const { previous, previousEndMs } = comparedWith(asked, kind, span, nowMs, zone);
  return token.endsWith('_to_date') ? previous : { startMs: previous.startMs, endMs: previousEndMs };
}

/** The moment of the range compared with that stands beside a moment of the range, in milliseconds since 1970. */
export function momentBefore(
  range: Pick<Compared, 'byClock'> & { startMs: number; zone: string; previous: Pick<Span, 'startMs'> },
  ms: number,
): number {
  const { startMs, zone, byClock, previous } = range;
  if (!byClock) return ms - (startMs - previous.startMs);
  // Whole days, also where one of the two begins at 1:00 because its midnight is skipped.
  const days = Math.round((wallClock(startMs, zone) - wallClock(previous.startMs, zone)) / DAY_MS);
  return fromWallClock(wallClock(ms, zone) - days * DAY_MS, zone);
}
