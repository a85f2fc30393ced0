import type {
  Ad,
  AdChange,
  AdsReply,
  AdvertisersReply,
  AggregateReply,
  Campaign,
  CampaignChange,
  CampaignsReply,
  HealthReply,
  Mode,
  RebuildReply,
  ReconciliationReply,
  StatsReply,
} from '@clickledger/contract';
import { ApiError, getJson, request, sendJson } from './http.js';

/** Longest wait for the health reply, in milliseconds: shorter than a poll, so that "down" shows soon. */
const HEALTH_TIMEOUT_MS = 4_000;

/** `GET /api/v1/analytics/aggregate` with a query string. Throws `ApiError`. */
export const fetchAggregate = (query: string, signal: AbortSignal, data?: Mode): Promise<AggregateReply> =>
  getJson(`/api/v1/analytics/aggregate?${query}`, signal, data);

/** The entities, by the page. Throw `ApiError`. */
export const fetchCampaigns = (signal: AbortSignal): Promise<CampaignsReply> =>
  getJson('/api/v1/campaigns', signal);
export const fetchCampaign = (id: string, signal: AbortSignal): Promise<Campaign> =>
  getJson(`/api/v1/campaigns/${encodeURIComponent(id)}`, signal);
export const fetchAd = (id: string, signal: AbortSignal): Promise<Ad> =>
  getJson(`/api/v1/ads/${encodeURIComponent(id)}`, signal);
export const fetchAdvertisers = (signal: AbortSignal): Promise<AdvertisersReply> =>
  getJson('/api/v1/advertisers', signal);
export const fetchAds = (campaignId: string | undefined, signal: AbortSignal): Promise<AdsReply> =>
  getJson(`/api/v1/ads${campaignId ? `?${new URLSearchParams({ campaign_id: campaignId })}` : ''}`, signal);

/** Change one entity; only the fields given. Throw `ApiError`. */
export const patchCampaign = (id: string, change: CampaignChange) =>
  sendJson('PATCH', `/api/v1/campaigns/${encodeURIComponent(id)}`, change);
export const patchAd = (id: string, change: AdChange) =>
  sendJson('PATCH', `/api/v1/ads/${encodeURIComponent(id)}`, change);

/** `GET /api/v1/admin/stats`. Throws `ApiError`. */
export const fetchStats = (signal: AbortSignal): Promise<StatsReply> =>
  getJson('/api/v1/admin/stats', signal);

/** `GET /api/v1/admin/reconciliation`. Throws `ApiError`. */
export const fetchReconciliation = (signal: AbortSignal): Promise<ReconciliationReply> =>
  getJson('/api/v1/admin/reconciliation', signal);

/** `GET /api/v1/admin/rebuild`; null where another process relays. Throws `ApiError`. */
export const fetchRebuild = (signal: AbortSignal): Promise<RebuildReply | null> =>
  getJson<RebuildReply>('/api/v1/admin/rebuild', signal).catch((error: unknown) => {
    if (error instanceof ApiError && error.code === 'not_here') return null;
    throw error;
  });

/**
 * `GET /health`. A 503 with the usual body is an answer too: `accepting` is then false.
 * `clockOffsetMs` is how far the server's clock is ahead of this browser's. Throws `ApiError`.
 */
export async function fetchHealth(
  signal: AbortSignal,
): Promise<HealthReply & { accepting: boolean; clockOffsetMs: number }> {
  const sentAt = Date.now();
  const response = await request('/health', { signal, timeoutMs: HEALTH_TIMEOUT_MS });
  const middleMs = (sentAt + Date.now()) / 2;
  const body = (await response.json().catch(() => null)) as HealthReply | null;
  if (!body?.services) throw new ApiError(response.status, 'http', 'No health reply.');
  return { ...body, accepting: response.ok, clockOffsetMs: Date.parse(body.timestamp) - middleMs };
}
