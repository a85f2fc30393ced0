import { type BucketSize, floorTo, nextBucket, startOfDay, startOfMonth } from './zone.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** Ranges by name, with the key that chooses them and the size of their buckets unless another is chosen. */
export const PRESETS = {
  '15m': { label: 'Last 15 minutes', key: '1', granularity: 'minute' },
  '1h': { label: 'Last hour', key: '2', granularity: 'minute' },
  '24h': { label: 'Last 24 hours', key: '3', granularity: 'hour' },
  today: { label: 'Today', key: 't', granularity: 'hour' },
  yesterday: { label: 'Yesterday', key: 'y', granularity: 'hour' },
  '7d': { label: 'Last 7 days', key: 'w', granularity: 'hour' },
  '30d': { label: 'Last 30 days', key: 'm', granularity: 'day' },
  month: { label: 'This month', key: 'h', granularity: 'day' },
  '12mo': { label: 'Last 12 months', key: 'a', granularity: 'day' },
} as const satisfies Record<string, { label: string; key: string; granularity: BucketSize }>;
export type Preset = keyof typeof PRESETS;
export const PRESET_NAMES = Object.keys(PRESETS) as Preset[];
export const PRESET_DEFAULT: Preset = '24h';
export const isPreset = (name: string): name is Preset => Object.hasOwn(PRESETS, name);

/** What the range control says. Times in milliseconds since 1970. */
export type RangeChoice = { preset: Preset } | { preset: 'custom'; fromMs: number; toMs: number };

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
}

/** Most points a chart is asked to draw; the API allows more. */
const BUCKETS_MAX = 10_000;
/** Ranges up to these lengths are drawn by the minute and by the hour unless another size is chosen. */
const BY_MINUTE_MS_MAX = 6 * HOUR_MS;
const BY_HOUR_MS_MAX = 16 * DAY_MS;

/** Ranges above this are compared by the hour: what is off then is less than a percent or two. */
const BY_HOUR_PREVIOUS_MS_MIN = 3 * DAY_MS;

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

function rollingSpan(preset: Preset, size: BucketSize, nowMs: number, zone: string): Span {
  const endMs = nextBucket(size, floorTo(size, nowMs, zone), zone);
  switch (preset) {
    case '15m':
      return { startMs: endMs - 15 * MINUTE_MS, endMs };
    case '1h':
      return { startMs: endMs - HOUR_MS, endMs };
    case '24h':
      return { startMs: endMs - DAY_MS, endMs };
    case 'today':
      return { startMs: startOfDay(nowMs, zone), endMs: startOfDay(nowMs, zone, 1) };
    case 'yesterday':
      return { startMs: startOfDay(nowMs, zone, -1), endMs: startOfDay(nowMs, zone) };
    case '7d':
      return { startMs: startOfDay(nowMs, zone, -6), endMs };
    case '30d':
      return { startMs: startOfDay(nowMs, zone, -29), endMs };
    case 'month':
      return { startMs: startOfMonth(nowMs, zone), endMs };
    case '12mo':
      return { startMs: startOfMonth(nowMs, zone, -11), endMs };
  }
}

/** The range before a choice's: the day or month before for days and months, else the one of equal length. */
function previousStart(choice: RangeChoice, { startMs, endMs }: Span, zone: string): number {
  switch (choice.preset) {
    case 'today':
    case 'yesterday':
      return startOfDay(startMs, zone, -1);
    case '7d':
      return startOfDay(startMs, zone, -7);
    case '30d':
      return startOfDay(startMs, zone, -30);
    case 'month':
      return startOfMonth(startMs, zone, -1);
    case '12mo':
      return startOfMonth(startMs, zone, -12);
    default:
      return startMs - (endMs - startMs);
  }
}

/** The range of a choice at a time. `chosen` is a bucket size; one that does not suit the length is not taken. */
export function resolveRange(choice: RangeChoice, nowMs: number, zone: string, chosen?: BucketSize): Range {
  const named = choice.preset === 'custom' ? undefined : PRESETS[choice.preset].granularity;
  const spanBy = (size: BucketSize): Span =>
    choice.preset === 'custom'
      ? { startMs: choice.fromMs, endMs: choice.toMs }
      : rollingSpan(choice.preset, size, nowMs, zone);
  const rough = spanBy('minute');
  const suits = chosen !== undefined && granularitiesFor(rough.endMs - rough.startMs).includes(chosen);
  const granularity = suits ? chosen : (named ?? granularityFor(rough.endMs - rough.startMs));
  const span = spanBy(granularity);
  // Not finer than that: a new end is a new question, and whole hours are read from fewer rows.
  const step = span.endMs - span.startMs > BY_HOUR_PREVIOUS_MS_MIN ? 'hour' : 'minute';
  const reachedMs = nextBucket(step, floorTo(step, nowMs, zone), zone);
  const passedMs = Math.min(span.endMs, reachedMs) - span.startMs;
  const startMs = previousStart(choice, span, zone);
  const endMs = Math.min(span.startMs, Math.max(startMs + MINUTE_MS, startMs + passedMs));
  return { ...span, granularity, zone, previous: { startMs, endMs } };
}

/** The range before a choice, in words. */
export function previousLabel(choice: RangeChoice): string {
  switch (choice.preset) {
    case 'today':
      return 'yesterday, so far';
    case 'yesterday':
      return 'the day before';
    case 'month':
      return 'last month, so far';
    case 'custom':
      return 'the period before';
    default:
      return PRESETS[choice.preset].label.replace('Last', 'the previous');
  }
}
