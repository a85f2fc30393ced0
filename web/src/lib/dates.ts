import { type BucketSize, isMidnight, isRepeatedTime, wallClock } from '@clickledger/contract';
import { dateLocale } from './format.js';

/** How times are written in one zone. A time that clocks show twice, when they go back, has the zone's short name with it. */
export interface Dates {
  /** "13:05:12" */
  clock(ms: number): string;
  /** "24 Nov, 13:05:12.041", for one click. */
  exact(ms: number): string;
  /** "Nov 24, 1:05:12 PM" */
  second(ms: number): string;
  /** "24 Nov, 13:05" */
  minute(ms: number): string;
  /** A bucket in full, for a tooltip or a table. */
  bucket(ms: number, size: BucketSize): string;
  /** A bucket's start for an axis: days at midnight, the time of day otherwise. */
  tick(ms: number, size: BucketSize): string;
  /** "23 – 24 Nov", with times where the range does not begin and end at midnight. */
  range(startMs: number, endMs: number): string;
  /** The same with the year, for what is read later. */
  rangeInYear(startMs: number, endMs: number): string;
  /** The zone's short name at a moment: "CET", "GMT+5:30". */
  zoneName(ms: number): string;
}

const cache = new Map<string, Dates>();

/** The formats of a zone, made once. */
export function datesOf(zone: string): Dates {
  let dates = cache.get(zone);
  if (!dates) {
    dates = makeDates(zone);
    cache.set(zone, dates);
  }
  return dates;
}

function makeDates(zone: string): Dates {
  // 12 or 24 hours, as the browser's language is used to.
  const { hourCycle = 'h23' } = Intl.DateTimeFormat(undefined, { hour: 'numeric' }).resolvedOptions();
  const time = (options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat(dateLocale, {
      timeZone: zone,
      ...options,
      ...(options.hour ? { hourCycle } : {}),
    });
  const HOUR_MINUTE = {
    hour: hourCycle.startsWith('h1') ? 'numeric' : '2-digit',
    minute: '2-digit',
  } as const;
  const DAY = { day: 'numeric', month: 'short' } as const;
  const clock = time(HOUR_MINUTE);
  const clockSeconds = time({ ...HOUR_MINUTE, second: '2-digit' });
  const exact = time({ ...DAY, ...HOUR_MINUTE, second: '2-digit', fractionalSecondDigits: 3 });
  const day = time(DAY);
  const dayYear = time({ ...DAY, year: 'numeric' });
  const weekday = time({ ...DAY, weekday: 'short', year: 'numeric' });
  const minute = time({ ...DAY, ...HOUR_MINUTE });
  const minuteYear = time({ ...DAY, ...HOUR_MINUTE, year: 'numeric' });
  const second = time({ ...DAY, ...HOUR_MINUTE, second: '2-digit' });
  const shortName = time({ timeZoneName: 'short' });
  const atMidnight = (ms: number) => isMidnight(ms, zone);
  const zoneName = (ms: number) =>
    shortName.formatToParts(ms).find(({ type }) => type === 'timeZoneName')?.value ?? zone;
  const write = (format: Intl.DateTimeFormat, ms: number) =>
    isRepeatedTime(ms, zone) ? `${format.format(ms)} ${zoneName(ms)}` : format.format(ms);

  return {
    clock: (ms) => write(clockSeconds, ms),
    exact: (ms) => write(exact, ms),
    second: (ms) => write(second, ms),
    minute: (ms) => write(minute, ms),
    bucket: (ms, size) => (size === 'day' ? weekday.format(ms) : write(minute, ms)),
    tick: (ms, size) => (size === 'day' || atMidnight(ms) ? day.format(ms) : write(clock, ms)),
    range: (startMs, endMs) => {
      if (atMidnight(startMs) && atMidnight(endMs)) {
        const lastMs = endMs - 1;
        const years =
          new Date(wallClock(startMs, zone)).getUTCFullYear() !==
          new Date(wallClock(lastMs, zone)).getUTCFullYear();
        return (years ? dayYear : day).formatRange(startMs, lastMs);
      }
      return minute.formatRange(startMs, endMs);
    },
    rangeInYear: (startMs, endMs) =>
      atMidnight(startMs) && atMidnight(endMs)
        ? dayYear.formatRange(startMs, endMs - 1)
        : minuteYear.formatRange(startMs, endMs),
    zoneName,
  };
}
