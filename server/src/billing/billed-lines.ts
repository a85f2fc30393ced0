import type { PricingModel } from '@clickledger/contract';
import type pg from 'pg';

/** Counting a month of clicks again may take this long: about 300 million of them. */
const COUNT_MS_MAX = 15 * 60_000;

/** What was counted of one campaign and price. Of the counts, only those of the model are not 0. */
export interface BilledLine {
  advertiserId: string;
  campaignId: string;
  isCorrection: boolean;
  pricingModel: PricingModel;
  /** Of a click, of 1,000 impressions, or of a conversion. */
  priceMicros: number;
  clicks: number;
  flagged: number;
  adjusted: number;
  impressions: number;
  conversions: number;
  fingerprint: string;
}

export interface BilledLines {
  lines: BilledLine[];
  /** Clicks without a price that are in none of the lines. */
  unpricedClicks: number;
}

/**
 * Counts a closed month from the events in the ledger: by advertiser, this month before corrections, campaign, model and price. Clicks without
 * a price are only counted: whoever has an ingest key could make a million lines of them.
 *
 * @param only of one advertiser; with lines of clicks without a price as well
 */
export async function countBilledLines(
  client: pg.PoolClient,
  tenantId: number,
  period: string,
  only: { advertiserId: string | null; withUnpriced: boolean } = { advertiserId: null, withUnpriced: false },
): Promise<BilledLines> {
  await client.query(`SET LOCAL statement_timeout = ${COUNT_MS_MAX}`);
  // The client's own limit for one query; the types do not know it.
  const patience = { query_timeout: COUNT_MS_MAX + 2_000 };
  const { rows } = await client.query<BilledLine & { isLine: boolean }>({
    ...patience,
    text: `WITH counted AS MATERIALIZED (
             SELECT *, $4 OR price_micros > 0 AS is_line FROM billed_lines($1, $2, $3)
           )
           SELECT * FROM (
             SELECT true AS "isLine", advertiser_id AS "advertiserId", campaign_id AS "campaignId", is_correction AS "isCorrection",
               pricing_model AS "pricingModel", price_micros AS "priceMicros", clicks, flagged, adjusted, impressions, conversions, fingerprint
             FROM counted WHERE is_line
             UNION ALL
             SELECT false, '', '', false, '', 0, coalesce(sum(clicks), 0)::bigint, 0, 0, 0, 0, '' FROM counted WHERE NOT is_line
           ) AS lines
           ORDER BY "isLine", "advertiserId" COLLATE "C", "isCorrection", "campaignId" COLLATE "C", "pricingModel", "priceMicros"`,
    values: [tenantId, period, only.advertiserId, only.withUnpriced],
  } as pg.QueryConfig);
  const [rest, ...lines] = rows;
  return { lines: lines.map(({ isLine: _, ...line }) => line), unpricedClicks: rest?.clicks ?? 0 };
}

/** Whether the ledger still has every day that the month was counted from. */
export async function hasWholePeriod(
  client: pg.PoolClient,
  tenantId: number,
  period: string,
): Promise<boolean> {
  const { rows } = await client.query<{ whole: boolean | null }>('SELECT has_whole_period($1, $2) AS whole', [
    tenantId,
    period,
  ]);
  return rows[0]?.whole ?? false;
}
