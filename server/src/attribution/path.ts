import type { ClickHouseClient } from '@clickhouse/client';
import { LIMITS } from '@clickledger/contract';

const DAY_MS = 86_400_000;

/** A click that may be in a path. */
export interface PathClick {
  clickId: string;
  userId: string;
  clickedAtMs: number;
  advertiserId: string;
  campaignId: string;
  adId: string;
  country: string;
  deviceType: string;
  os: string;
  browser: string;
  /** Its latest verdict, also one about a closed period. */
  isFraudulent: boolean;
}

/** A conversion that has a click. */
export interface PathEnd {
  convertedAtMs: number;
  /** Of its action: for so long before the conversion a click of the user counts. */
  userWindowDays: number;
  clickId: string;
  clickedAtMs: number;
  advertiserId: string;
}

const SETTINGS = {
  max_execution_time: 30,
  timeout_overflow_mode: 'throw',
  max_memory_usage: '2000000000',
  output_format_json_quote_64bit_integers: 0,
} as const;

/**
 * Clicks of the users of some clicks, those clicks included, whatever their verdict; in no order.
 *
 * @param clicks SQL that selects the IDs of those clicks, with the parameters that it binds
 * @param range when all of it was clicked, both ends included
 * @param max most clicks that are returned; one more says that there are more
 */
export async function clicksOfSameUsers(
  client: ClickHouseClient,
  tenantId: number,
  clicks: { sql: string; params: Record<string, unknown> },
  range: { fromMs: number; toMs: number },
  max: number,
): Promise<PathClick[]> {
  const inRange = `tenant_id = {tenant:UInt32} AND clicked_at >= fromUnixTimestamp64Milli({from_ms:Int64}, 'UTC')
    AND clicked_at <= fromUnixTimestamp64Milli({to_ms:Int64}, 'UTC')`;
  const result = await client.query({
    query: `SELECT toString(c.click_id) AS clickId, user_id AS userId, toUnixTimestamp64Milli(clicked_at) AS clickedAtMs,
        advertiser_id AS advertiserId, campaign_id AS campaignId, ad_id AS adId, country, device_type AS deviceType, os, browser,
        if(d.revision > c.newest, d.verdict, c.verdict) = 1 AS isFraudulent
      FROM (
        SELECT click_id, user_id, clicked_at, advertiser_id, campaign_id, ad_id, country, device_type, os, browser,
          max(revision) AS newest, argMax(is_fraudulent, revision) AS verdict
        FROM click_events
        WHERE ${inRange} AND sign = 1 AND deferred = 0 AND user_id IN (
          SELECT user_id FROM click_events WHERE ${inRange} AND sign = 1 AND revision = 0 AND user_id != '' AND click_id IN (${clicks.sql})
        )
        GROUP BY click_id, user_id, clicked_at, advertiser_id, campaign_id, ad_id, country, device_type, os, browser
        LIMIT {max_clicks:UInt32}
      ) AS c
      LEFT JOIN (
        SELECT click_id, max(e.revision) AS revision, argMax(is_fraudulent, e.revision) AS verdict
        FROM flagged_clicks AS e WHERE tenant_id = {tenant:UInt32} AND deferred = 1 AND sign = 1 GROUP BY click_id
      ) AS d ON d.click_id = c.click_id`,
    query_params: {
      ...clicks.params,
      tenant: tenantId,
      from_ms: range.fromMs,
      to_ms: range.toMs,
      max_clicks: max + 1,
    },
    format: 'JSONEachRow',
    clickhouse_settings: SETTINGS,
  });
  const rows = await result.json<Omit<PathClick, 'isFraudulent'> & { isFraudulent: number }>();
  return rows.map((row) => ({ ...row, isFraudulent: row.isFraudulent === 1 }));
}

/** The older first; of two in the same millisecond the one with the lesser ID. */
export const byTime = (
  a: Pick<PathClick, 'clickedAtMs' | 'clickId'>,
  b: Pick<PathClick, 'clickedAtMs' | 'clickId'>,
): number => a.clickedAtMs - b.clickedAtMs || (a.clickId < b.clickId ? -1 : a.clickId > b.clickId ? 1 : 0);

/**
 * The clicks before the last one of a conversion's path, the oldest first: of the same user, on ads of the same advertiser, within the
 * window. With its last one they are at most `LIMITS.pathClicksMax`.
 *
 * @param ofUser clicks of the user of its click, in order
 */
export function clicksBefore(end: PathEnd, ofUser: readonly PathClick[]): PathClick[] {
  const fromMs = end.convertedAtMs - end.userWindowDays * DAY_MS;
  return ofUser
    .filter(
      (click) =>
        click.clickedAtMs >= fromMs && byTime(click, end) < 0 && click.advertiserId === end.advertiserId,
    )
    .slice(1 - LIMITS.pathClicksMax);
}
