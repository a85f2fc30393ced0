import type { BucketSize } from './zone.js';

/** Ranges by name, with the key that chooses them and the size of their buckets unless another is chosen. */
export const PRESETS = {
  '15m': { label: 'Last 15 minutes', key: '1', granularity: 'minute' },
  '1h': { label: 'Last hour', key: '2', granularity: 'minute' },
  '24h': { label: 'Last 24 hours', key: '3', granularity: 'hour' },
  today: { label: 'Today', key: 't', granularity: 'hour' },
  yesterday: { label: 'Yesterday', key: 'y', granularity: 'hour' },
  week: { label: 'This week', key: 'e', granularity: 'hour' },
  lastweek: { label: 'Last week', key: 'l', granularity: 'hour' },
  '7d': { label: 'Last 7 days', key: 'w', granularity: 'hour' },
  '30d': { label: 'Last 30 days', key: 'm', granularity: 'day' },
  month: { label: 'This month', key: 'h', granularity: 'day' },
  lastmonth: { label: 'Last month', key: 'n', granularity: 'day' },
  '12mo': { label: 'Last 12 months', key: 'a', granularity: 'day' },
} as const satisfies Record<string, { label: string; key: string; granularity: BucketSize }>;
export type Preset = keyof typeof PRESETS;
export const PRESET_NAMES = Object.keys(PRESETS) as Preset[];
export const PRESET_DEFAULT: Preset = '24h';
export const isPreset = (name: string): name is Preset => Object.hasOwn(PRESETS, name);

/** Ranges of whole days that end with yesterday, so that their figures stand still, unless today is included. */
const WHOLE_DAYS: readonly Preset[] = ['7d', '30d', '12mo'];
export const mayIncludeToday = (preset: string): boolean => WHOLE_DAYS.some((one) => one === preset);

/** What the range control says. Times in milliseconds since 1970. `withToday` only where `mayIncludeToday`. */
export type RangeChoice =
  | { preset: Preset; withToday?: boolean }
  | { preset: 'custom'; fromMs: number; toMs: number };
