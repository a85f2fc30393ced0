import type { AskedRange, BucketSize } from '@clickledger/contract';

/** Ranges by name, with the key that chooses them, the size of their buckets unless another is chosen, and what the API calls them. */
export const PRESETS = {
  '15m': { label: 'Last 15 minutes', key: '1', granularity: 'minute', token: 'last_15m' },
  '1h': { label: 'Last hour', key: '2', granularity: 'minute', token: 'last_1h' },
  '24h': { label: 'Last 24 hours', key: '3', granularity: 'hour', token: 'last_24h' },
  today: { label: 'Today', key: 't', granularity: 'hour', token: 'today' },
  yesterday: { label: 'Yesterday', key: 'y', granularity: 'hour', token: 'yesterday' },
  week: { label: 'This week', key: 'e', granularity: 'hour', token: 'week_to_date' },
  lastweek: { label: 'Last week', key: 'l', granularity: 'hour', token: 'last_week' },
  '7d': { label: 'Last 7 days', key: 'w', granularity: 'hour', token: 'last_7d_to_yesterday' },
  '30d': { label: 'Last 30 days', key: 'm', granularity: 'day', token: 'last_30d_to_yesterday' },
  month: { label: 'This month', key: 'h', granularity: 'day', token: 'month_to_date' },
  lastmonth: { label: 'Last month', key: 'n', granularity: 'day', token: 'last_month' },
  '12mo': { label: 'Last 12 months', key: 'a', granularity: 'day', token: 'last_12mo_to_yesterday' },
} as const satisfies Record<string, { label: string; key: string; granularity: BucketSize; token: string }>;
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

/** How a choice is asked for: see `RANGE_PATTERN` for the tokens. */
export function askedRange(choice: RangeChoice): AskedRange {
  if (choice.preset === 'custom') return { startMs: choice.fromMs, endMs: choice.toMs };
  const { token } = PRESETS[choice.preset];
  return choice.withToday ? token.replace('_to_yesterday', '_to_date') : token;
}
