import type { ClickHouseClient } from '@clickhouse/client';
import { AggregateQuery } from '@clickledger/contract';
import { QUERY_LIMITS } from '../client.js';
import { readCounts } from './aggregate.js';
import { groupingFor } from './groupings.js';
import type { Rollups } from './rollups.js';

const MINUTE_MS = 60_000;

/** One tenant and a time, in milliseconds; whole minutes are counted. */
export interface CountedRange {
  tenantId: number;
  fromMs: number;
  toMs: number;
}

const queryOf = ({ fromMs, toMs }: CountedRange, rest: Partial<AggregateQuery> = {}): AggregateQuery => ({
  ...AggregateQuery.parse({
    start_time: new Date(Math.floor(fromMs / MINUTE_MS) * MINUTE_MS).toISOString(),
    end_time: new Date(Math.ceil(toMs / MINUTE_MS) * MINUTE_MS).toISOString(),
    granularity: 'total',
  }),
  ...rest,
});

/** How many clicks a range holds. */
export async function countClicks(
  client: ClickHouseClient,
  range: CountedRange,
  rollups: Rollups,
): Promise<number> {
  const [row] = await readCounts(client, range.tenantId, queryOf(range), rollups);
  return Number(row?.[1] ?? 0);
}

export interface CampaignCounts {
  campaignId: string;
  clicks: number;
  /** Flagged clicks. */
  fraudCount: number;
}

/** Campaigns that are counted; those with the most clicks first. */
const CAMPAIGNS_MAX = 10_000;

/**
 * Clicks and flagged clicks of each campaign with at least `clicksMin` clicks in a range. However many campaigns there are, few have so many
 * clicks.
 */
export async function countByCampaign(
  client: ClickHouseClient,
  range: CountedRange,
  clicksMin: number,
  rollups: Rollups,
): Promise<CampaignCounts[]> {
  const query = queryOf(range, { group_by: ['campaign_id'], order_by: 'clicks', limit: CAMPAIGNS_MAX });
  const rows = await readCounts(client, range.tenantId, query, rollups);
  return rows
    .map(([, campaignId, clicks, fraudCount]) => ({
      campaignId: String(campaignId),
      clicks: Number(clicks),
      fraudCount: Number(fraudCount),
    }))
    .filter(({ clicks }) => clicks >= clicksMin);
}

/** What campaigns have spent in a range on clicks, impressions and conversions, in millionths; those that spent nothing may be left out. */
export async function costByCampaign(
  client: ClickHouseClient,
  range: CountedRange,
  campaignIds: string[],
  rollups: Rollups,
): Promise<ReadonlyMap<string, bigint>> {
  const query = queryOf(range, {
    group_by: ['campaign_id'],
    campaign_id: campaignIds,
    metrics: ['spend'],
    order_by: 'cost_micros',
    limit: campaignIds.length,
  });
  const rows = await readCounts(client, range.tenantId, query, rollups);
  return new Map(
    rows.map(([, campaignId, conversions = 0, , impressionNanos = 0, , , clicks = 0]) => [
      String(campaignId),
      BigInt(clicks) + BigInt(conversions) + BigInt(impressionNanos) / 1_000n,
    ]),
  );
}

/**
 * When each tenant was last clicked on, by the start of the minute in milliseconds: of those with clicks since `sinceMs`, one
 * question for all of them.
 */
export async function lastClickMinutes(
  client: ClickHouseClient,
  sinceMs: number,
  rollups: Rollups,
): Promise<ReadonlyMap<number, number>> {
  const { minutes: mark } = await rollups.marks.now();
  const result = await client.query({
    query: `SELECT tenantId, toUnixTimestamp(max(at)) * 1000 AS lastMs FROM (
  SELECT tenant_id AS tenantId, bucket AS at FROM clicks_by_minute WHERE dimensions = {mask:UInt8} AND bucket >= toStartOfMinute(fromUnixTimestamp64Milli({from:Int64}, 'UTC'))
  UNION ALL
  SELECT tenant_id AS tenantId, toStartOfMinute(clicked_at) AS at FROM click_events
  WHERE chunk_id > {mark:UInt64} AND clicked_at >= toStartOfMinute(fromUnixTimestamp64Milli({from:Int64}, 'UTC'))
) GROUP BY tenantId`,
    query_params: { mask: groupingFor([])?.mask, from: sinceMs, mark },
    format: 'JSONEachRow',
    clickhouse_settings: { ...QUERY_LIMITS, output_format_json_quote_64bit_integers: 0 },
  });
  const rows = await result.json<{ tenantId: number; lastMs: number }>();
  return new Map(rows.map(({ tenantId, lastMs }) => [tenantId, lastMs]));
}
