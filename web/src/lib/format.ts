import type { BucketSize } from './range.js';

/** The browser's IANA time zone. */
export const timeZone: string = Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC';

/** English words, with the 12 or 24 hours the browser's language is used to. */
const hourCycle = Intl.DateTimeFormat(undefined, { hour: 'numeric' }).resolvedOptions().hourCycle ?? 'h23';
const time = (options: Intl.DateTimeFormatOptions) =>
  new Intl.DateTimeFormat('en-GB', options.hour ? { ...options, hourCycle } : options);

const HOUR_MINUTE = { hour: hourCycle.startsWith('h1') ? 'numeric' : '2-digit', minute: '2-digit' } as const;
const DAY_MONTH = { day: 'numeric', month: 'short' } as const;
const clock = time(HOUR_MINUTE);
const clockWithSeconds = time({ ...HOUR_MINUTE, second: '2-digit' });
const day = time(DAY_MONTH);
const dayAndClock = time({ ...DAY_MONTH, ...HOUR_MINUTE });
const weekday = time({ ...DAY_MONTH, weekday: 'short' });
const dayOfYear = time({ ...DAY_MONTH, year: 'numeric' });

/** A percent sign and the space before it, where no line may break. */
export const PERCENT = '\u00a0%';

const integers = new Intl.NumberFormat('en');
const compact = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 });

/** `1234567` as "1,234,567". */
export const formatCount = (n: number): string => integers.format(n);

/** `1234567` as "1.2M". */
export const formatCompact = (n: number): string => compact.format(n);

/** A share from 0 to 1 as "4.2 %"; small ones keep a figure instead of becoming 0. */
export function formatShare(share: number): string {
  const percent = share * 100;
  if (percent > 0 && percent < 0.1) return `<0.1${PERCENT}`;
  return `${percent >= 99.95 || percent === 0 ? percent.toFixed(0) : percent.toFixed(1)}${PERCENT}`;
}

/** A time of day with seconds. */
export const formatClock = (ms: number): string => clockWithSeconds.format(ms);

/** A bucket's start for an axis: days at midnight, the time of day otherwise. */
export function formatTick(ms: number, granularity: BucketSize): string {
  const midnight = new Date(ms).getHours() === 0 && new Date(ms).getMinutes() === 0;
  return granularity === 'day' || midnight ? day.format(ms) : clock.format(ms);
}

/** A bucket in full, for a tooltip or a table. */
export function formatBucket(ms: number, granularity: BucketSize): string {
  if (granularity === 'day') return weekday.format(ms);
  return dayAndClock.format(ms);
}

/** "23 Nov, 13:00 – 24 Nov, 13:25". */
export function formatRange(startMs: number, endMs: number): string {
  const sameDay = new Date(startMs).toDateString() === new Date(endMs).toDateString();
  if (sameDay) return `${day.format(startMs)}, ${clock.format(startMs)} – ${clock.format(endMs)}`;
  if (new Date(startMs).getFullYear() !== new Date(endMs).getFullYear())
    return `${dayOfYear.format(startMs)} – ${dayOfYear.format(endMs)}`;
  return `${dayAndClock.format(startMs)} – ${dayAndClock.format(endMs)}`;
}

/** A time as a `datetime-local` input has it, in the browser's zone, to the minute. */
export function toLocalInput(ms: number): string {
  const date = new Date(ms);
  const two = (n: number) => String(n).padStart(2, '0');
  const days = `${String(date.getFullYear()).padStart(4, '0')}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${days}T${two(date.getHours())}:${two(date.getMinutes())}`;
}

/** The time a `datetime-local` input holds, in milliseconds since 1970; NaN when it is empty. */
export const fromLocalInput = (text: string): number => new Date(text).getTime();

/** A duration in seconds: "0.4 s", "12 s", "3 min", "2.5 h". */
export function formatSeconds(s: number): string {
  if (s < 10) return `${s.toFixed(1)} s`;
  if (s < 120) return `${Math.round(s)} s`;
  return s < 7_200 ? `${Math.round(s / 60)} min` : `${(s / 3_600).toFixed(1)} h`;
}
