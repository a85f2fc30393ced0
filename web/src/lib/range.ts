const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** Ranges that end now, with their lengths in milliseconds and the size of their chart buckets. */
export const PRESETS = {
  '15m': { label: '15 minutes', lengthMs: 15 * MINUTE_MS, granularity: 'minute' },
  '1h': { label: 'hour', lengthMs: HOUR_MS, granularity: 'minute' },
  '24h': { label: '24 hours', lengthMs: DAY_MS, granularity: 'hour' },
  '7d': { label: '7 days', lengthMs: 7 * DAY_MS, granularity: 'hour' },
  '30d': { label: '30 days', lengthMs: 30 * DAY_MS, granularity: 'day' },
  '90d': { label: '90 days', lengthMs: 90 * DAY_MS, granularity: 'day' },
} as const;
export type Preset = keyof typeof PRESETS;
export const PRESET_DEFAULT: Preset = '24h';

/** Longest custom ranges drawn by the minute and by the hour: at most about 400 points on the chart. */
const BY_MINUTE_MS_MAX = 6 * HOUR_MS;
const BY_HOUR_MS_MAX = 16 * DAY_MS;

export type BucketSize = 'minute' | 'hour' | 'day';

/** What the range control says. Times in milliseconds since 1970. */
export type RangeChoice = { preset: Preset } | { preset: 'custom'; fromMs: number; toMs: number };

/** A half-open range of time, in milliseconds since 1970, with the bucket size that suits it. */
export interface Range {
  startMs: number;
  endMs: number;
  granularity: BucketSize;
}

export const isPreset = (name: string): name is Preset => Object.hasOwn(PRESETS, name);

/** Start of the bucket that holds the time, in the browser's time zone. */
export function floorTo(size: BucketSize, ms: number): number {
  const date = new Date(ms);
  if (size === 'day') return date.setHours(0, 0, 0, 0);
  // Not setMinutes: in the hour that a clock change repeats it would jump to the other one.
  const offsetMs = date.getTimezoneOffset() * MINUTE_MS;
  const sizeMs = size === 'hour' ? HOUR_MS : MINUTE_MS;
  return Math.floor((ms - offsetMs) / sizeMs) * sizeMs + offsetMs;
}

/** The bucket size for a range of this length in milliseconds. */
export function granularityFor(lengthMs: number): BucketSize {
  if (lengthMs <= BY_MINUTE_MS_MAX) return 'minute';
  return lengthMs <= BY_HOUR_MS_MAX ? 'hour' : 'day';
}

/**
 * The range of a choice at a time. One that ends now starts at the beginning of a bucket, so that only the last bucket
 * is incomplete; a custom one is taken as it is.
 */
export function resolveRange(choice: RangeChoice, nowMs: number): Range {
  if (choice.preset === 'custom')
    return {
      startMs: choice.fromMs,
      endMs: choice.toMs,
      granularity: granularityFor(choice.toMs - choice.fromMs),
    };
  const { lengthMs, granularity } = PRESETS[choice.preset];
  return { startMs: floorTo(granularity, nowMs - lengthMs), endMs: nowMs, granularity };
}

/** The range of equal length that ends where this one starts. */
export function previousRange({ startMs, endMs }: { startMs: number; endMs: number }) {
  return { startMs: startMs - (endMs - startMs), endMs: startMs };
}

/** The range before a choice, in words: "previous 24 hours". */
export function previousLabel(choice: RangeChoice): string {
  return `previous ${choice.preset === 'custom' ? 'period' : PRESETS[choice.preset].label}`;
}
