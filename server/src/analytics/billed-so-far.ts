import type { ClickHouseClient } from '@clickhouse/client';
import type { BilledLine } from '../ledger/billed-lines.js';
import { QUERY_LIMITS } from './client.js';

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
 * What a month would say if it were closed now, as analytics has it: the same cut as `billed_lines` in the ledger makes. Of the
 * adjustments that were put off from a closed month, those about clicks that are never billed are left out.
 */
export async function billedSoFar(
  client: ClickHouseClient,
  tenantId: number,
  month: OpenMonth,
): Promise<Omit<BilledLine, 'fingerprint'>[]> {
  const result = await client.query({
    query: `WITH deferred_ids AS (
  SELECT click_id FROM click_events
  WHERE tenant_id = {tenant:UInt32} AND deferred = 1 AND clicked_at >= {from:DateTime64(3, 'UTC')} AND clicked_at < {to:DateTime64(3, 'UTC')}
)
SELECT advertiser_id AS advertiserId, campaign_id AS campaignId, deferred = 1 OR clicked_at < {from:DateTime64(3, 'UTC')} AS isCorrection,
  cost_micros AS costPerClickMicros, sumIf(sign, revision = 0 AND sign = 1) AS clicks,
  sumIf(1, revision = 0 AND sign = 1 AND is_fraudulent = 1) AS flagged,
  sumIf(if(is_fraudulent = 1, -1, 1), revision > 0 AND sign = 1) AS adjusted
FROM click_events
WHERE tenant_id = {tenant:UInt32} AND clicked_at >= {since:DateTime64(3, 'UTC')} AND clicked_at < {to:DateTime64(3, 'UTC')}
  AND (clicked_at >= {from:DateTime64(3, 'UTC')} OR chunk_id > {after:UInt64})
  AND (deferred = 0 OR click_id NOT IN (
    SELECT click_id FROM click_events
    WHERE tenant_id = {tenant:UInt32} AND clicked_at < {since:DateTime64(3, 'UTC')} AND deferred = 0 AND click_id IN deferred_ids
  ))
GROUP BY advertiserId, campaignId, isCorrection, costPerClickMicros
ORDER BY advertiserId, isCorrection, campaignId, costPerClickMicros`,
    query_params: {
      tenant: tenantId,
      from: new Date(month.fromMs),
      to: new Date(month.toMs),
      since: new Date(month.sinceMs),
      after: month.afterChunkId ?? LAST_CHUNK_ID,
    },
    format: 'JSONEachRow',
    clickhouse_settings: SETTINGS,
  });
  const rows = await result.json<
    Omit<BilledLine, 'fingerprint' | 'isCorrection'> & { isCorrection: number }
  >();
  return rows.map((row) => ({ ...row, isCorrection: row.isCorrection === 1 }));
}

/** The time of the first click that analytics knows of, to the day; null without clicks. */
export async function firstClickMs(client: ClickHouseClient, tenantId: number): Promise<number | null> {
  const result = await client.query({
    query: `SELECT count() AS hours, toInt64(toUnixTimestamp(toStartOfDay(min(bucket)))) * 1000 AS first FROM clicks_by_hour
      WHERE tenant_id = {tenant:UInt32} AND dimensions = 0`,
    query_params: { tenant: tenantId },
    format: 'JSONEachRow',
    clickhouse_settings: SETTINGS,
  });
  const [row] = await result.json<{ hours: number; first: number }>();
  return row && row.hours > 0 ? row.first : null;
}
