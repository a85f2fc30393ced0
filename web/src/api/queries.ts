import { type AdChange, type CampaignChange, LIMITS, type RebuildReply } from '@clickledger/contract';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useMay } from '../app/may.js';
import { setClockOffset } from '../state/now.js';
import { fetchHealth } from './endpoints.js';
import { ApiError, call } from './http.js';

/** How often what is not pushed is asked again, in milliseconds. */
export const POLL_MS = 5_000;
const REBUILD_POLL_MS = 1_000;
/** How often names and prices are read again, in milliseconds. */
const ENTITIES_STALE_MS = 30_000;
const entities = { staleTime: ENTITIES_STALE_MS, refetchInterval: ENTITIES_STALE_MS };

export const useCampaigns = () =>
  useQuery({
    queryKey: ['campaigns'],
    queryFn: ({ signal }) => call('GET /api/v1/campaigns', { signal }),
    ...entities,
  });
/** One campaign, also one that the list has no room for. An unknown one is an error with status 404. */
export const useCampaign = (id: string) =>
  useQuery({
    queryKey: ['campaigns', id],
    queryFn: ({ signal }) =>
      call('GET /api/v1/campaigns/:campaign_id', { params: { campaign_id: id }, signal }),
    ...entities,
  });
export const useAd = (id: string) =>
  useQuery({
    queryKey: ['ads', 'one', id],
    queryFn: ({ signal }) => call('GET /api/v1/ads/:ad_id', { params: { ad_id: id }, signal }),
    ...entities,
  });
export const useAdvertisers = () =>
  useQuery({
    queryKey: ['advertisers'],
    queryFn: ({ signal }) => call('GET /api/v1/advertisers', { signal }),
    ...entities,
  });
/** The ads of a campaign, or of all of them: those that are known already, unless they are needed. */
export const useAds = (campaignId?: string, isNeeded = true) =>
  useQuery({
    enabled: isNeeded,
    queryKey: ['ads', campaignId],
    queryFn: ({ signal }) =>
      call('GET /api/v1/ads', { query: campaignId ? { campaign_id: campaignId } : '', signal }),
    ...entities,
  });

/** The newest links, for their names; those that are known already, unless they are needed. */
export const useLinkNames = (isNeeded: boolean) =>
  useQuery({
    enabled: useMay('GET /api/v1/links') && isNeeded,
    queryKey: ['links', 'names'],
    queryFn: ({ signal }) => call('GET /api/v1/links', { query: { limit: LIMITS.linksPageMax }, signal }),
    ...entities,
  });
/** Whether the account has a link; false until that is known. */
export const useHasLinks = (): boolean =>
  (useQuery({
    enabled: useMay('GET /api/v1/links'),
    queryKey: ['links', 'any'],
    queryFn: ({ signal }) => call('GET /api/v1/links', { query: { limit: 1 }, signal }),
    ...entities,
  }).data?.data.length ?? 0) > 0;

/** Changes a campaign and then reads the campaigns again. */
export function useChangeCampaign(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (change: CampaignChange) =>
      call('PATCH /api/v1/campaigns/:campaign_id', { params: { campaign_id: id }, body: change }),
    onSettled: () => client.invalidateQueries({ queryKey: ['campaigns'] }),
  });
}

/** Changes an ad and then reads the ads again. */
export function useChangeAd(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (change: AdChange) =>
      call('PATCH /api/v1/ads/:ad_id', { params: { ad_id: id }, body: change }),
    onSettled: () => client.invalidateQueries({ queryKey: ['ads'] }),
  });
}

/** The server's health, which also tells how far its clock is from ours. */
export const useHealth = () =>
  useQuery({
    queryKey: ['health'],
    queryFn: async ({ signal }) => {
      const health = await fetchHealth(signal);
      setClockOffset(health.clockOffsetMs);
      return health;
    },
    refetchInterval: POLL_MS,
  });

/** The state of the click path: lag, counts on both sides, protected mode. */
export const useReconciliation = () =>
  useQuery({
    queryKey: ['reconciliation'],
    queryFn: ({ signal }) => call('GET /api/v1/admin/reconciliation', { signal }),
    refetchInterval: POLL_MS,
  });
/** How far a rebuild is, asked often while one runs; null where another process relays. */
export const useRebuild = () =>
  useQuery({
    queryKey: ['rebuild'],
    queryFn: ({ signal }) => call('GET /api/v1/admin/rebuild', { signal }).catch(nullElsewhere),
    refetchInterval: ({ state }) => (isRunning(state.data) ? REBUILD_POLL_MS : POLL_MS),
  });
const nullElsewhere = (error: unknown) => {
  if (error instanceof ApiError && error.code === 'not_here') return null;
  throw error;
};
const isRunning = (rebuild: RebuildReply | null | undefined) =>
  rebuild?.state === 'loading' || rebuild?.state === 'finishing';

/** The system's figures; not asked for by somebody who may not see them. */
export const useStats = () =>
  useQuery({
    queryKey: ['stats'],
    queryFn: ({ signal }) => call('GET /api/v1/admin/stats', { signal }),
    refetchInterval: POLL_MS,
    enabled: useMay('GET /api/v1/admin/stats'),
  });
