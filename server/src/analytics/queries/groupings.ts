import type { AnyDimension, Dimension } from '@clickledger/contract';

/** The dimensions in the order of the bits of the rollups' `dimensions` column, highest first (see schema/tables/02_rollups.sql). */
const BITS: readonly Dimension[] = [
  'device_type',
  'os',
  'browser',
  'country',
  'advertiser_id',
  'campaign_id',
  'ad_id',
  'fraud_reason',
];
const CLIENT = ['device_type', 'os', 'browser'] as const;

/** The groupings that every rollup has: all clicks, and each dimension alone. */
const SINGLES: readonly (readonly Dimension[])[] = [[], ...BITS.map((dimension) => [dimension])];
/** The groupings of the hour and day rollups only: one dimension filtered by another. Fewest rows first. */
const PAIRS: readonly (readonly Dimension[])[] = [
  CLIENT,
  ['advertiser_id', 'campaign_id', 'ad_id'],
  ['country', 'advertiser_id'],
  ['country', ...CLIENT],
  ['country', 'campaign_id'],
  ['advertiser_id', ...CLIENT],
  ['campaign_id', ...CLIENT],
  ['ad_id', ...CLIENT],
  ['country', 'ad_id'],
];

export interface Grouping {
  /** Value of the rollups' `dimensions` column. */
  mask: number;
  /** Whether the minute rollup has it too. */
  byMinute: boolean;
}

const maskOf = (dimensions: readonly Dimension[]) =>
  BITS.reduce((mask, dimension) => mask * 2 + (dimensions.includes(dimension) ? 1 : 0), 0);

/** The masks of all groupings that the minute rollup has, and those that the hour and the day rollups have. */
export const MINUTE_MASKS: readonly number[] = SINGLES.map(maskOf);
export const HOUR_MASKS: readonly number[] = [...SINGLES, ...PAIRS].map(maskOf);

/** The smallest grouping that tells these dimensions apart; undefined when no rollup does. */
export function groupingFor(used: readonly AnyDimension[]): Grouping | undefined {
  const covers = (grouping: readonly AnyDimension[]) =>
    used.every((dimension) => grouping.includes(dimension));
  const single = SINGLES.find(covers);
  if (single) return { mask: maskOf(single), byMinute: true };
  const pair = PAIRS.find(covers);
  return pair && { mask: maskOf(pair), byMinute: false };
}

/** Whether a grouping is one of a pair of dimensions, which the hours and days alone have. */
export const isOfPair = (mask: number): boolean => !MINUTE_MASKS.includes(mask);
