import type { ClickHouseClient } from '@clickhouse/client';
import type { ClickFilters } from '@clickledger/contract';
import { QUERY_LIMITS } from '../client.js';
import type { Position } from './click-cursor.js';
import { clickConditions, clickTable, type Params } from './click-filters.js';
import type { LedgerPlace } from './click-place.js';

/** Where the ledger has the clicks that the filters find, the oldest first, after the given one. */
export async function findClickPlaces(
  client: ClickHouseClient,
  tenantId: number,
  { filters, after, limit }: { filters: ClickFilters; after: Position | null; limit: number },
): Promise<(LedgerPlace & Position)[]> {
  const params: Params = { limit };
  const conditions = clickConditions(tenantId, filters, params);
  if (after) {
    params.after_ms = after.clickedAtMs;
    params.after_id = after.clickId;
    conditions.push(
      `clicked_at >= fromUnixTimestamp64Milli({after_ms:Int64}, 'UTC')
       AND (clicked_at > fromUnixTimestamp64Milli({after_ms:Int64}, 'UTC') OR click_id > {after_id:UUID})`,
    );
  }
  const result = await client.query({
    query: `SELECT click_id AS clickId, batch_id AS batchId, toUnixTimestamp64Milli(received_at) AS receivedAtMs,
  toUnixTimestamp64Milli(clicked_at) AS clickedAtMs
FROM ${clickTable(filters)} WHERE ${conditions.join(' AND ')} ORDER BY clicked_at, click_id LIMIT {limit:UInt32}`,
    query_params: params,
    format: 'JSONEachRow',
    clickhouse_settings: { ...QUERY_LIMITS, output_format_json_quote_64bit_integers: 0 },
  });
  return result.json<LedgerPlace & Position>();
}
