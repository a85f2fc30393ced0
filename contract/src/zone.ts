const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

/** Sizes of the buckets of a series. */
export const BUCKET_SIZES = ['minute', 'hour', 'day'] as const;
export type BucketSize = (typeof BUCKET_SIZES)[number];

/** Clocks kept: to make one takes longer than to read it. Names come from requests, in any spelling, so they are bounded. */
const CLOCKS_MAX = 100;
const clocks = new Map<string, Intl.DateTimeFormat>();

function clockOf(zone: string): Intl.DateTimeFormat {
  const known = clocks.get(zone);
  if (known) return known;
  const clock = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  if (clocks.size >= CLOCKS_MAX) clocks.clear();
  clocks.set(zone, clock);
  return clock;
}

/** What clocks in a zone show, as the milliseconds since 1970 at which clocks in UTC show the same. */
export function wallClock(ms: number, zone: string): number {
  if (zone === 'UTC') return ms;
  const part: Record<string, number> = {};
  for (const { type, value } of clockOf(zone).formatToParts(ms)) part[type] = Number(value);
  const { year = 1970, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = part;
  return Date.UTC(year, month - 1, day, hour, minute, second) + (((ms % 1_000) + 1_000) % 1_000);
}

/** How far a zone's clocks are ahead of UTC at a moment, in milliseconds. */
export const zoneOffsetMs = (ms: number, zone: string): number => wallClock(ms, zone) - ms;

/**
 * The moment at which a zone's clocks show this (as `wallClock` gives it). Where a clock change repeats an hour, the first of
 * the two; where it skips one, the moment after the gap that is as far on.
 */
export function fromWallClock(wallMs: number, zone: string): number {
  // Offsets before and after any change near by: the earlier moment that shows the right time is meant.
  const offsets = [zoneOffsetMs(wallMs - DAY_MS, zone), zoneOffsetMs(wallMs + DAY_MS, zone)];
  const fitting = offsets.map((offset) => wallMs - offset).filter((ms) => wallClock(ms, zone) === wallMs);
  return fitting.length > 0 ? Math.min(...fitting) : wallMs - (offsets[0] ?? 0);
}

/** Whether a zone's clocks show the same time twice on this day, once at this moment: the hour that an autumn change repeats. */
export function isRepeatedTime(ms: number, zone: string): boolean {
  const wallMs = wallClock(ms, zone);
  return [-DAY_MS, DAY_MS].some((away) => {
    const otherMs = wallMs - zoneOffsetMs(wallMs + away, zone);
    return otherMs !== ms && wallClock(otherMs, zone) === wallMs;
  });
}

/** Midnight that begins the day of a moment in a zone, `days` later. Where midnight is skipped, the day's first moment. */
export function startOfDay(ms: number, zone: string, days = 0): number {
  const wall = new Date(wallClock(ms, zone));
  return fromWallClock(Date.UTC(wall.getUTCFullYear(), wall.getUTCMonth(), wall.getUTCDate() + days), zone);
}

/** Midnight that begins the Monday of the week of a moment in a zone, `weeks` later (ISO 8601, the same for every reader of a link). */
export function startOfWeek(ms: number, zone: string, weeks = 0): number {
  const sinceMonday = (new Date(wallClock(ms, zone)).getUTCDay() + 6) % 7;
  return startOfDay(ms, zone, 7 * weeks - sinceMonday);
}

/** Midnight that begins the first of the month of a moment in a zone, `months` later. */
export function startOfMonth(ms: number, zone: string, months = 0): number {
  const wall = new Date(wallClock(ms, zone));
  return fromWallClock(Date.UTC(wall.getUTCFullYear(), wall.getUTCMonth() + months, 1), zone);
}

/** The same date and time of day so many months earlier, by the zone's clocks. February 29, a year earlier, becomes March 1. */
export function monthsEarlier(ms: number, zone: string, months: number): number {
  const wall = new Date(wallClock(ms, zone));
  wall.setUTCMonth(wall.getUTCMonth() - months);
  return fromWallClock(wall.getTime(), zone);
}

/** Whether a zone's clocks show midnight. */
export const isMidnight = (ms: number, zone: string): boolean => wallClock(ms, zone) % DAY_MS === 0;

/** Start of the bucket that holds a moment. Hours of zones off whole hours begin at theirs. */
export function bucketStart(ms: number, size: BucketSize, zone: string): number {
  if (size === 'day') return startOfDay(ms, zone);
  const sizeMs = size === 'hour' ? HOUR_MS : MINUTE_MS;
  const offset = zoneOffsetMs(ms, zone);
  return Math.floor((ms + offset) / sizeMs) * sizeMs - offset;
}

/** Start of the bucket after the one that starts at this moment. */
export function nextBucket(startMs: number, size: BucketSize, zone: string): number {
  if (size === 'day') return startOfDay(startMs, zone, 1);
  return startMs + (size === 'hour' ? HOUR_MS : MINUTE_MS);
}
