import type {
  AggregateReply,
  CampaignsReply,
  Dimension,
  Granularity,
  HealthReply,
  StatsReply,
} from '@clickledger/contract';
import type { Filters } from '../lib/filters.js';
import { timeZone } from '../lib/format.js';
import { ApiError, getJson, request } from './http.js';

/** Longest wait for the health reply, in milliseconds: shorter than a tick, so that "down" shows soon. */
const HEALTH_TIMEOUT_MS = 4_000;

/** One aggregate question. Times in milliseconds since 1970; the range is half-open. */
export interface AggregateQuestion {
  startMs: number;
  endMs: number;
  granularity: Granularity;
  filters: Filters;
  groupBy?: Dimension;
  /** Only the groups with the most clicks; with `total` only. */
  limit?: number;
  /** Also buckets without clicks; not with `groupBy`. */
  fill?: boolean;
}

/** `GET /api/v1/analytics/aggregate`, days in the browser's time zone. Throws `ApiError`. */
export function fetchAggregate(question: AggregateQuestion, signal: AbortSignal): Promise<AggregateReply> {
  const query = new URLSearchParams({
    start_time: new Date(question.startMs).toISOString(),
    end_time: new Date(question.endMs).toISOString(),
    granularity: question.granularity,
    timezone: timeZone,
  });
  for (const [name, value] of Object.entries(question.filters)) query.set(name, value);
  if (question.groupBy) query.set('group_by', question.groupBy);
  if (question.limit) query.set('limit', String(question.limit));
  if (question.fill) query.set('fill', 'true');
  return getJson(`/api/v1/analytics/aggregate?${query}`, signal);
}

/** `GET /api/v1/campaigns`. Throws `ApiError`. */
export function fetchCampaigns(signal: AbortSignal): Promise<CampaignsReply> {
  return getJson('/api/v1/campaigns', signal);
}

/** `GET /api/v1/admin/stats`. Throws `ApiError`. */
export function fetchStats(signal: AbortSignal): Promise<StatsReply> {
  return getJson('/api/v1/admin/stats', signal);
}

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
