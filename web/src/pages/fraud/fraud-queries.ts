import { type BucketSize, LIMITS, type OffenderKind } from '@clickledger/contract';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { call } from '../../api/http.js';
import { POLL_MS } from '../../api/queries.js';
import type { Filter } from '../../lib/filters.js';
import type { Range } from '../../lib/range.js';

/** Offenders that are listed. */
const OFFENDERS_SHOWN = LIMITS.offendersMax;
const SCOPE: readonly string[] = [
  'advertiser_id',
  'campaign_id',
  'ad_id',
  'country',
  'device_type',
  'os',
  'browser',
  'fraud_reason',
];
const SIZE_MS: Record<BucketSize, number> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };

/** The fraud endpoints take one value of a dimension, and no "is not"; of a view's filters the others are named, not applied. */
export function splitScope(filters: readonly Filter[]): { applied: Filter[]; ignored: Filter[] } {
  const isScope = ({ dimension, not, values }: Filter) =>
    SCOPE.includes(dimension) && !not && values.length === 1 && values[0] !== '';
  return { applied: filters.filter(isScope), ignored: filters.filter((filter) => !isScope(filter)) };
}

/** The bucket size of the range, or the first coarser one that the API takes. */
export function fraudGranularity({ startMs, endMs, granularity }: Range): BucketSize {
  const sizes = ['minute', 'hour', 'day'] as const;
  const fits = (size: BucketSize) => (endMs - startMs) / SIZE_MS[size] <= LIMITS.fraudBucketsMax;
  return sizes.slice(sizes.indexOf(granularity)).find(fits) ?? 'day';
}

function scopeParams({ startMs, endMs }: Range, filters: readonly Filter[]): URLSearchParams {
  const params = new URLSearchParams({
    start_time: new Date(startMs).toISOString(),
    end_time: new Date(endMs).toISOString(),
  });
  for (const { dimension, values } of splitScope(filters).applied) params.set(dimension, values[0] ?? '');
  return params;
}

const shown = { placeholderData: keepPreviousData, refetchInterval: POLL_MS } as const;

/** Flagged clicks of a range, by rule and over time. */
export function useFraudSummary(range: Range, filters: readonly Filter[]) {
  const params = scopeParams(range, filters);
  params.set('granularity', fraudGranularity(range));
  params.set('timezone', range.zone);
  const query = params.toString();
  return useQuery({
    queryKey: ['fraud-summary', query],
    queryFn: ({ signal }) => call('GET /api/v1/fraud/summary', { query, signal }),
    ...shown,
  });
}

/** Who is behind the flagged clicks of a range. */
export function useOffenders(by: OffenderKind, range: Range, filters: readonly Filter[]) {
  const params = scopeParams(range, filters);
  params.set('by', by);
  params.set('limit', String(OFFENDERS_SHOWN));
  const query = params.toString();
  return useQuery({
    queryKey: ['fraud-offenders', query],
    queryFn: async ({ signal }) => ({
      by,
      ...(await call('GET /api/v1/fraud/offenders', { query, signal })),
    }),
    ...shown,
  });
}
