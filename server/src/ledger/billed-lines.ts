import type pg from 'pg';

/** Counting a month of clicks anew may take this long: about 300 million of them. */
const COUNT_MS_MAX = 15 * 60_000;

/** What was counted of one campaign and price. */
export interface BilledLine {
  advertiserId: string;
  campaignId: string;
  isCorrection: boolean;
  costPerClickMicros: number;
  clicks: number;
  flagged: number;
  adjusted: number;
  fingerprint: string;
}

/**
 * Counts a closed month from the clicks in the ledger, of one advertiser or (null) of all; by advertiser, this month before
 * corrections, campaign and price.
 */
export async function countBilledLines(
  client: pg.PoolClient,
  tenantId: number,
  period: string,
  advertiserId: string | null,
): Promise<BilledLine[]> {
  await client.query(`SET LOCAL statement_timeout = ${COUNT_MS_MAX}`);
  // The client's own limit for one query; the types do not know it.
  const patience = { query_timeout: COUNT_MS_MAX + 2_000 };
  const { rows } = await client.query<BilledLine>({
    ...patience,
    text: `SELECT advertiser_id AS "advertiserId", campaign_id AS "campaignId", is_correction AS "isCorrection",
             cost_per_click_micros AS "costPerClickMicros", clicks, flagged, adjusted, fingerprint
           FROM billed_lines($1, $2, $3)`,
    values: [tenantId, period, advertiserId],
  } as pg.QueryConfig);
  return rows;
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
