import type { AggregateRow, Dimension } from '@clickledger/contract';
import { keepPreviousData, type UseQueryResult, useQuery } from '@tanstack/react-query';
import { previousRange, type Range, resolveRange } from '../lib/range.js';
import { LIVE, setClockOffset, tickNow } from '../state/tick.js';
import { useView, type View } from '../state/view.js';
import { fetchAggregate, fetchCampaigns, fetchHealth, fetchStats } from './endpoints.js';

/** Most groups a table or a breakdown shows. */
export const CAMPAIGNS_SHOWN_MAX = 20;
export const BREAKDOWN_SHOWN_MAX = 8;

/** How often campaign names are read again, in milliseconds. */
const CAMPAIGNS_STALE_MS = 30_000;

/** Counts of a range; all zero without clicks. */
export interface Totals {
  clicks: number;
  uniqueUsers: number;
  flagged: number;
}

/**
 * A live query about the current view. Its key holds the view and not the time: the range is taken from the
 * shared tick when the query runs, so that panels agree, and a failed refresh keeps the last data beside its error.
 */
function useLive<T>(
  name: string,
  ask: (range: Range, view: View, signal: AbortSignal) => Promise<T>,
): UseQueryResult<{ range: Range; answer: T }> {
  const { choice, filters } = useView();
  return useQuery({
    queryKey: [LIVE, name, choice, filters],
    queryFn: async ({ signal }) => {
      const range = resolveRange(choice, tickNow());
      return { range, answer: await ask(range, { choice, filters }, signal) };
    },
    placeholderData: keepPreviousData,
    enabled: choice.preset !== 'custom' || choice.fromMs < choice.toMs,
  });
}

const toTotals = (row: AggregateRow | undefined): Totals => ({
  clicks: row?.clicks ?? 0,
  uniqueUsers: row?.unique_users ?? 0,
  flagged: row?.fraud_count ?? 0,
});

/** Totals of the range and of the equally long one before it. */
export const useSummary = () =>
  useLive('summary', async (range, { filters }, signal) => {
    const total = async ({ startMs, endMs }: { startMs: number; endMs: number }) =>
      toTotals((await fetchAggregate({ startMs, endMs, granularity: 'total', filters }, signal)).data[0]);
    const [current, previous] = await Promise.all([total(range), total(previousRange(range))]);
    return { current, previous };
  });

/** One row a time bucket, empty buckets included. */
export const useSeries = () =>
  useLive('series', async (range, { filters }, signal) => {
    const { startMs, endMs, granularity } = range;
    return (await fetchAggregate({ startMs, endMs, granularity, filters, fill: true }, signal)).data;
  });

/** The groups with the most clicks, most first. */
export const useBreakdown = (groupBy: Dimension, limit: number) =>
  useLive(`by-${groupBy}`, async ({ startMs, endMs }, { filters }, signal) => {
    const question = { startMs, endMs, granularity: 'total', filters, groupBy, limit } as const;
    return (await fetchAggregate(question, signal)).data;
  });

/** Names of campaigns by id; those nobody named are missing. */
export const useCampaignNames = () =>
  useQuery({
    queryKey: ['campaigns'],
    queryFn: ({ signal }) => fetchCampaigns(signal),
    select: ({ data }) => new Map(data.flatMap((c) => (c.name ? [[c.campaign_id, c.name] as const] : []))),
    staleTime: CAMPAIGNS_STALE_MS,
    refetchInterval: CAMPAIGNS_STALE_MS,
  });

/** The server's health, which also tells how far its clock is from ours. */
export const useHealth = () =>
  useQuery({
    queryKey: [LIVE, 'health'],
    queryFn: async ({ signal }) => {
      const health = await fetchHealth(signal);
      setClockOffset(health.clockOffsetMs);
      return health;
    },
  });

/** The state of the click path: lag, counts on both sides, protected mode. */
export const useStats = () =>
  useQuery({ queryKey: [LIVE, 'stats'], queryFn: ({ signal }) => fetchStats(signal) });
