import type { ClickHouseClient } from '@clickhouse/client';
import { QUERY_LIMITS } from '../client.js';
import { groupingFor } from './groupings.js';

const SETTINGS = { ...QUERY_LIMITS, output_format_json_quote_64bit_integers: 0 } as const;
/** Rows of the minute rollup of one tenant, from the minute of {from} on, {to} excluded. */
const MINUTES = `clicks_by_minute WHERE tenant_id = {tenant:UInt32} AND dimensions = {mask:UInt8}
  AND bucket >= toStartOfMinute(fromUnixTimestamp64Milli({from:Int64}, 'UTC')) AND bucket < fromUnixTimestamp64Milli({to:Int64}, 'UTC')`;

/** One tenant and a time, in milliseconds; whole minutes are counted. */
export interface CountedRange {
  tenantId: number;
  fromMs: number;
  toMs: number;
}

async function askMinutes<T>(
  client: ClickHouseClient,
  { tenantId, fromMs, toMs }: CountedRange,
  mask: number | undefined,
  query: string,
): Promise<T[]> {
  const result = await client.query({
    query,
    query_params: { tenant: tenantId, from: fromMs, to: toMs, mask },
    format: 'JSONEachRow',
    clickhouse_settings: SETTINGS,
  });
  return result.json<T>();
}

/** How many clicks a range holds. */
export async function countClicks(client: ClickHouseClient, range: CountedRange): Promise<number> {
  const query = `SELECT sum(clicks) AS clicks FROM ${MINUTES}`;
  const [row] = await askMinutes<{ clicks: number }>(client, range, groupingFor([])?.mask, query);
  return row?.clicks ?? 0;
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
 * Clicks and flagged clicks of each campaign with at least `clicksMin` clicks in a range: without the visitors, whose sketches cost a
 * hundred times as much. However many campaigns there are, few have so many clicks.
 */
export function countByCampaign(
  client: ClickHouseClient,
  range: CountedRange,
  clicksMin: number,
): Promise<CampaignCounts[]> {
  const query = `SELECT campaign_id AS campaignId, sum(clicks) AS clicks, sum(fraud) AS fraudCount
FROM ${MINUTES} GROUP BY campaignId HAVING clicks >= ${clicksMin} ORDER BY clicks DESC LIMIT ${CAMPAIGNS_MAX}`;
  return askMinutes(client, range, groupingFor(['campaign_id'])?.mask, query);
}

/**
 * When each tenant was last clicked on, by the start of the minute in milliseconds: of those with clicks since `sinceMs`, one
 * question for all of them.
 */
export async function lastClickMinutes(
  client: ClickHouseClient,
  sinceMs: number,
): Promise<ReadonlyMap<number, number>> {
  const result = await client.query({
    query: `SELECT tenant_id AS tenantId, toUnixTimestamp(max(bucket)) * 1000 AS lastMs FROM clicks_by_minute
WHERE dimensions = {mask:UInt8} AND bucket >= toStartOfMinute(fromUnixTimestamp64Milli({from:Int64}, 'UTC')) GROUP BY tenantId`,
    query_params: { mask: groupingFor([])?.mask, from: sinceMs },
    format: 'JSONEachRow',
    clickhouse_settings: SETTINGS,
  });
  const rows = await result.json<{ tenantId: number; lastMs: number }>();
  return new Map(rows.map(({ tenantId, lastMs }) => [tenantId, lastMs]));
}
