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

const EVENTS = (
  at: string,
) => `tenant_id = {tenant:UInt32} AND ${at} >= {since:DateTime64(3, 'UTC')} AND ${at} < {to:DateTime64(3, 'UTC')}
  AND (${at} >= {from:DateTime64(3, 'UTC')} OR chunk_id > {after:UInt64})`;
const DEFERRED_IDS = `WITH deferred_ids AS (
  SELECT click_id FROM click_events
  WHERE tenant_id = {tenant:UInt32} AND deferred = 1 AND clicked_at >= {from:DateTime64(3, 'UTC')} AND clicked_at < {to:DateTime64(3, 'UTC')}
)`;

/**
 * The lines of an open month: the same cut as `billed_lines` in the ledger makes. Of what was put off from a closed month, those about
 * events that are never billed are left out.
 */
const LINES = `SELECT
  advertiser_id AS advertiserId, campaign_id AS campaignId, deferred = 1 OR clicked_at < {from:DateTime64(3, 'UTC')} AS isCorrection,
  'cpc' AS pricingModel, cost_micros AS priceMicros, sumIf(sign, revision = 0 AND sign = 1) AS clicks,
  sumIf(1, revision = 0 AND sign = 1 AND is_fraudulent = 1) AS flagged,
  sumIf(if(is_fraudulent = 1, -1, 1), revision > 0 AND sign = 1) AS adjusted, toInt64(0) AS impressions, toInt64(0) AS conversions
FROM click_events
WHERE ${EVENTS('clicked_at')}
  AND (deferred = 0 OR click_id NOT IN (
    SELECT click_id FROM click_events
    WHERE tenant_id = {tenant:UInt32} AND clicked_at < {since:DateTime64(3, 'UTC')} AND deferred = 0 AND click_id IN deferred_ids
  ))
GROUP BY advertiserId, campaignId, isCorrection, priceMicros
UNION ALL
SELECT advertiser_id, campaign_id, hour < {from:DateTime64(3, 'UTC')} AS is_correction, 'cpm', price_per_thousand_micros, 0, 0, 0,
  sum(impressions), 0
FROM impression_counts
WHERE ${EVENTS('hour')} AND price_per_thousand_micros > 0
GROUP BY advertiser_id, campaign_id, is_correction, price_per_thousand_micros
UNION ALL
SELECT advertiser_id, campaign_id, deferred = 1 OR at < {from:DateTime64(3, 'UTC')} AS is_correction, 'cpa', cost_micros, 0, 0, 0, 0, sum(sign)
FROM conversion_events
WHERE ${EVENTS('at')} AND basis = 'conversion' AND bitTest(views, 0) AND status = 'attributed' AND cost_micros > 0
  AND converted_at >= {since:DateTime64(3, 'UTC')}
GROUP BY advertiser_id, campaign_id, is_correction, cost_micros`;

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
${LINES}
)
WHERE priceMicros > 0 AND advertiserId > {afterAdvertiser:String}
QUALIFY dense_rank() OVER (ORDER BY advertiserId) <= {limit:UInt32}
ORDER BY advertiserId, isCorrection, campaignId, pricingModel, priceMicros`,
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
  const sum = (of: string) => `sumIf(lines.${of}, priceMicros > 0) AS ${of}`;
  const result = await client.query({
    query: `${DEFERRED_IDS}
SELECT ${['clicks', 'flagged', 'adjusted', 'impressions', 'conversions'].map(sum).join(', ')},
  sumIf(lines.clicks, priceMicros = 0) AS unpricedClicks,
  -- Impressions are rounded once a line, half up: there are never fewer than none.
  toString(sum(if(pricingModel = 'cpm', intDiv(toInt128(priceMicros) * lines.impressions + 500, 1000),
    toInt128(priceMicros) * (lines.clicks - lines.flagged + lines.adjusted + lines.conversions)))) AS costMicros
FROM (
${LINES}
) AS lines`,
    query_params: monthParams(tenantId, month),
    format: 'JSONEachRow',
    clickhouse_settings: SETTINGS,
  });
  const [row] = await result.json<
    Omit<Totals, 'billable' | 'cost' | 'cost_micros'> & { costMicros: string; unpricedClicks: number }
  >();
  if (!row) throw new Error('a sum without a row');
  const { costMicros, ...counts } = row;
  const billable = counts.clicks - counts.flagged + counts.adjusted;
  return { ...counts, billable, ...toAmountFields(money(costMicros, currency)) };
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
