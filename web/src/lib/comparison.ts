import { PRESETS, type RangeChoice } from './presets.js';
import type { Range, Span } from './range.js';
import {
  floorTo,
  fromWallClock,
  isMidnight,
  nextBucket,
  startOfDay,
  startOfMonth,
  wallClock,
  yearEarlier,
} from './zone.js';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** What a range is compared with. Times in milliseconds since 1970. */
export type Comparison =
  | { kind: 'off' | 'previous' | 'year' }
  | { kind: 'custom'; fromMs: number; toMs: number };
export const COMPARE_DEFAULT: Comparison = { kind: 'previous' };

/** The start of the range before a choice's, and whether the two are compared by the clock. */
function previousStart(choice: RangeChoice, { startMs, endMs }: Span, zone: string): [number, boolean] {
  switch (choice.preset) {
    case 'today':
    case 'yesterday':
      return [startOfDay(startMs, zone, -1), true];
    case 'week':
    case 'lastweek':
    case '7d':
      return [startOfDay(startMs, zone, -7), true];
    case '30d':
      return [startOfDay(startMs, zone, -30), true];
    case 'month':
    case 'lastmonth':
      return [startOfMonth(startMs, zone, -1), true];
    case '12mo':
      return [yearEarlier(startMs, zone), true];
    case 'custom': {
      if (!isMidnight(startMs, zone) || !isMidnight(endMs, zone)) return [startMs - (endMs - startMs), false];
      const days = Math.round((wallClock(endMs, zone) - wallClock(startMs, zone)) / DAY_MS);
      return [startOfDay(startMs, zone, -days), true];
    }
    default:
      return [startMs - (endMs - startMs), false];
  }
}

/** Ranges above this are compared by the hour: what is off then is less than a percent or two. */
const BY_HOUR_PREVIOUS_MS_MIN = 3 * DAY_MS;

type Compared = Pick<Range, 'previous' | 'previousEndMs' | 'byClock'>;

/** What a span is compared with. A span that is over is compared with the whole of it, a running one with as much as has passed. */
export function comparedWith(
  choice: RangeChoice,
  comparison: Comparison,
  span: Span,
  nowMs: number,
  zone: string,
): Compared {
  if (comparison.kind === 'custom') {
    const previous = { startMs: comparison.fromMs, endMs: comparison.toMs };
    const byClock = isMidnight(span.startMs, zone) && isMidnight(previous.startMs, zone);
    return { previous, previousEndMs: previous.endMs, byClock };
  }
  // Not finer than that: a new end is a new question, and whole hours are read from fewer rows.
  const step = span.endMs - span.startMs > BY_HOUR_PREVIOUS_MS_MIN ? 'hour' : 'minute';
  const reachedMs = Math.min(span.endMs, nextBucket(step, floorTo(step, nowMs, zone), zone));
  const isOver = nowMs >= span.endMs;
  if (comparison.kind === 'year') {
    const startMs = yearEarlier(span.startMs, zone);
    const previousEndMs = yearEarlier(span.endMs, zone);
    const endMs = isOver ? previousEndMs : Math.max(startMs + MINUTE_MS, yearEarlier(reachedMs, zone));
    return { previous: { startMs, endMs }, previousEndMs, byClock: true };
  }
  const [startMs, byClock] = previousStart(choice, span, zone);
  const passed = momentBefore({ startMs: span.startMs, zone, byClock, previous: { startMs } }, reachedMs);
  const endMs = isOver ? span.startMs : Math.min(span.startMs, Math.max(startMs + MINUTE_MS, passed));
  return { previous: { startMs, endMs }, previousEndMs: span.startMs, byClock };
}

/** The moment of the range compared with that stands beside a moment of the range, in milliseconds since 1970. */
export function momentBefore(
  range: Pick<Range, 'startMs' | 'zone' | 'byClock'> & { previous: Pick<Span, 'startMs'> },
  ms: number,
): number {
  const { startMs, zone, byClock, previous } = range;
  if (!byClock) return ms - (startMs - previous.startMs);
  // Whole days, also where one of the two begins at 1:00 because its midnight is skipped.
  const days = Math.round((wallClock(startMs, zone) - wallClock(previous.startMs, zone)) / DAY_MS);
  return fromWallClock(wallClock(ms, zone) - days * DAY_MS, zone);
}

/** What a range is compared with, in words, after "vs". */
export function previousLabel(choice: RangeChoice, comparison: Comparison): string {
  if (comparison.kind === 'custom') return 'custom period';
  if (comparison.kind === 'year') return 'previous year';
  switch (choice.preset) {
    case 'today':
      return 'yesterday by this time';
    case 'yesterday':
      return 'previous day';
    case 'week':
      return 'last week by this time';
    case 'lastweek':
      return 'previous week';
    case 'month':
      return 'last month by this time';
    case 'lastmonth':
      return 'previous month';
    case 'custom':
      return 'previous period';
    default:
      return PRESETS[choice.preset].label.replace('Last', 'previous');
  }
}
