import { call } from '../../../api/http.js';
import type { BurstPlan, BurstRule } from './bursts.js';

const HOUR_MS = 3_600_000;

/** What analytics has of a burst. */
export interface BurstCount {
  clicks: number;
  /** Clicks on which the rule fired, in shadow or not. */
  fired: number;
  /** Clicks that were flagged, by whichever rule. */
  flagged: number;
  /** Flagged clicks that other rules decided, by rule. */
  byOthers: readonly (readonly [rule: string, clicks: number])[];
}
export type BurstCounts = Partial<Record<BurstRule, BurstCount>>;

/** Asks analytics for one burst: its ad is of this run alone. Throws `ApiError`. */
export async function countBurst(
  { rule, adId }: BurstPlan,
  startMs: number,
  signal: AbortSignal,
): Promise<BurstCount> {
  const query = new URLSearchParams({
    start_time: new Date(startMs - 2 * HOUR_MS).toISOString(),
    end_time: new Date(startMs + 2 * HOUR_MS).toISOString(),
    granularity: 'day',
    ad_id: adId,
  });
  const reply = await call('GET /api/v1/fraud/summary', { query, signal, data: 'test' });
  const own = reply.rules.find((one) => one.rule === rule);
  return {
    clicks: reply.clicks,
    fired: (own?.fired ?? 0) + (own?.shadow ?? 0),
    flagged: reply.fraud_count,
    byOthers: reply.rules
      .filter((one) => one.rule !== rule && one.decided > 0)
      .map((one) => [one.rule, one.decided] as const),
  };
}
