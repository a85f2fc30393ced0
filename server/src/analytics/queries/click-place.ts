import type { ClickHouseClient } from '@clickhouse/client';
import { QUERY_LIMITS } from '../client.js';

/** Where the ledger has a click, as analytics remembers it. */
export interface LedgerPlace {
  batchId: number;
  receivedAtMs: number;
}

/** The place of a click that is in analytics; null when it isn't. Works for clicks of any age. */
export async function findClickPlace(
  client: ClickHouseClient,
  tenantId: number,
  clickId: string,
): Promise<LedgerPlace | null> {
  const result = await client.query({
    query: `SELECT batch_id AS batchId, toUnixTimestamp64Milli(received_at) AS receivedAtMs FROM click_events
WHERE tenant_id = {tenant:UInt32} AND click_id = {click:UUID} LIMIT 1`,
    query_params: { tenant: tenantId, click: clickId },
    format: 'JSONEachRow',
    clickhouse_settings: { ...QUERY_LIMITS, output_format_json_quote_64bit_integers: 0 },
  });
  const [row] = await result.json<LedgerPlace>();
  return row ?? null;
}
