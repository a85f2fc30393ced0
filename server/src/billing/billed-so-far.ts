import type { ClickHouseClient } from '@clickhouse/client';
import { money, toAmountFields } from '@clickledger/contract';
import { QUERY_LIMITS } from '../analytics/client.js';
import type { BilledLine } from './billed-lines.js';
import type { Totals } from './billing-periods.js';

/** A month that is not closed, by the clicks' own time. */
export interface OpenMonth {
  fromMs: number;
  toMs: number;
  /** What lies before is never billed. */
  sinceMs: number;
  /** When the month before is closed: what came after its last chunk about earlier months is a correction of this one. */
  afterChunkId: number | null;
}

/** No chunk comes after it. */
const LAST_CHUNK_ID = '18446744073709551615';
const SETTINGS = { ...QUERY_LIMITS, output_format_json_quote_64bit_integers: 0 } as const;

/**
 * The rows of an open month: the same cut as `billed_lines` in the ledger makes. Of the adjustments that were put off from a closed
 * month, those about clicks that are never billed are left out.
 */
const ROWS = `FROM click_events
WHERE tenant_id = {tenant:UInt32} AND clicked_at >= {since:DateTime64(3, 'UTC')} AND clicked_at < {to:DateTime64(3, 'UTC')}
  AND (clicked_at >= {from:DateTime64(3, 'UTC')} OR chunk_id > {after:UInt64})
  AND (deferred = 0 OR click_id NOT IN (
    SELECT click_id FROM click_events
    WHERE tenant_id = {tenant:UInt32} AND clicked_at < {since:DateTime64(3, 'UTC')} AND deferred = 0 AND click_id IN deferred_ids
  ))`;
const DEFERRED_IDS = `WITH deferred_ids AS (
  SELECT click_id FROM click_events
  WHERE tenant_id = {tenant:UInt32} AND deferred = 1 AND clicked_at >= {from:DateTime64(3, 'UTC')} AND clicked_at < {to:DateTime64(3, 'UTC')}
)`;
const CLICKS = 'sumIf(sign, revision = 0 AND sign = 1)';
const FLAGGED = 'sumIf(1, revision = 0 AND sign = 1 AND is_fraudulent = 1)';
const ADJUSTED = 'sumIf(if(is_fraudulent = 1, -1, 1), revision > 0 AND sign = 1)';

const monthParams = (tenantId: number, month: OpenMonth) => ({
  tenant: tenantId,
  from: new Date(month.fromMs),
  to: new Date(month.toMs),
  since: new Date(month.sinceMs),
  after: month.afterChunkId ?? LAST_CHUNK_ID,
});

/** What a month would say of a page of advertisers, by id, if it were closed now. Clicks without a price make no line. */
export async function billedSoFar(
  client: ClickHouseClient,
  tenantId: number,
  month: OpenMonth,
  page: { after: string | null; limit: number },
): Promise<Omit<BilledLine, 'fingerprint'>[]> {
  const result = await client.query({
    query: `${DEFERRED_IDS}
SELECT * FROM (
  SELECT advertiser_id AS advertiserId, campaign_id AS campaignId, deferred = 1 OR clicked_at < {from:DateTime64(3, 'UTC')} AS isCorrection,
    cost_micros AS costPerClickMicros, ${CLICKS} AS clicks, ${FLAGGED} AS flagged, ${ADJUSTED} AS adjusted
  ${ROWS} AND cost_micros > 0 AND advertiser_id > {afterAdvertiser:String}
  GROUP BY advertiserId, campaignId, isCorrection, costPerClickMicros
)
QUALIFY dense_rank() OVER (ORDER BY advertiserId) <= {limit:UInt32}
ORDER BY advertiserId, isCorrection, campaignId, costPerClickMicros`,
    query_params: {
      ...monthParams(tenantId, month),
      afterAdvertiser: page.after ?? '',
      limit: page.limit,
    },
    format: 'JSONEachRow',
    clickhouse_settings: SETTINGS,
  });
  const rows = await result.json<
    Omit<BilledLine, 'fingerprint' | 'isCorrection'> & { isCorrection: number }
  >();
  return rows.map((row) => ({ ...row, isCorrection: row.isCorrection === 1 }));
}

/** The sums of all of its advertisers, and its clicks without a price, which are not in them. */
export async function totalsSoFar(
  client: ClickHouseClient,
  tenantId: number,
  month: OpenMonth,
  currency: string,
): Promise<Totals & { unpricedClicks: number }> {
  const result = await client.query({
    query: `${DEFERRED_IDS}
SELECT sumIf(own_clicks, price > 0) AS clicks, sumIf(own_flagged, price > 0) AS flagged, sumIf(own_adjusted, price > 0) AS adjusted,
  toString(sum(toInt128(price) * (own_clicks - own_flagged + own_adjusted))) AS costMicros, sumIf(own_clicks, price = 0) AS unpricedClicks
FROM (
  SELECT cost_micros AS price, ${CLICKS} AS own_clicks, ${FLAGGED} AS own_flagged, ${ADJUSTED} AS own_adjusted
  ${ROWS}
  GROUP BY price
)`,
    query_params: monthParams(tenantId, month),
    format: 'JSONEachRow',
    clickhouse_settings: SETTINGS,
  });
  const [row] = await result.json<{
    clicks: number;
    flagged: number;
    adjusted: number;
    costMicros: string;
    unpricedClicks: number;
  }>();
  if (!row) throw new Error('a sum without a row');
  const { clicks, flagged, adjusted, unpricedClicks } = row;
  const billable = clicks - flagged + adjusted;
  return {
    clicks,
    flagged,
    adjusted,
    billable,
    ...toAmountFields(money(row.costMicros, currency)),
    unpricedClicks,
  };
}

/** The time of the first click that analytics knows of, to the day; null without clicks. */
export async function firstClickMs(client: ClickHouseClient, tenantId: number): Promise<number | null> {
  const result = await client.query({
    // The first raw click is at the head of the tenant's; hours outlive raw clicks.
    query: `SELECT count() AS found, toInt64(toUnixTimestamp(toStartOfDay(min(at)))) * 1000 AS first FROM (
        SELECT bucket AS at FROM clicks_by_hour WHERE tenant_id = {tenant:UInt32} AND dimensions = 0
        UNION ALL
        SELECT at FROM (
          SELECT toDateTime(clicked_at, 'UTC') AS at FROM click_events WHERE tenant_id = {tenant:UInt32} ORDER BY clicked_at LIMIT 1
        )
      )`,
    query_params: { tenant: tenantId },
    format: 'JSONEachRow',
    clickhouse_settings: SETTINGS,
  });
  const [row] = await result.json<{ found: number; first: number }>();
  return row && row.found > 0 ? row.first : null;
}
