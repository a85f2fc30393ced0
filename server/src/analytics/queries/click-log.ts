import type { ClickHouseClient } from '@clickhouse/client';
import type { ClickLogQuery, ClickLogReply } from '@clickledger/contract';
import { decodeCursor, encodeCursor } from './click-cursor.js';
import { clickConditions, clickTable, type Params } from './click-filters.js';
import { CLICK_COLUMNS, CLICK_SETTINGS, type ClickRow, toLoggedClick } from './click-row.js';

export { WrongCursor } from './click-cursor.js';

/**
 * `GET /clicks`: a page of one tenant's log, newest first, after the cursor's click. The table is in this order, so that a
 * page without filters reads a few thousand rows however many there are.
 *
 * @throws `WrongCursor`, or what the engine says
 */
export async function readClickLog(
  client: ClickHouseClient,
  tenantId: number,
  query: ClickLogQuery,
): Promise<ClickLogReply> {
  const params: Params = { limit: query.limit + 1 };
  const conditions = clickConditions(tenantId, query, params);
  if (query.cursor !== undefined) {
    const { clickedAtMs, clickId } = decodeCursor(query.cursor);
    params.after_ms = clickedAtMs;
    params.after_id = clickId;
    // The first half is what the index understands.
    conditions.push(
      `clicked_at <= fromUnixTimestamp64Milli({after_ms:Int64}, 'UTC')
       AND (clicked_at < fromUnixTimestamp64Milli({after_ms:Int64}, 'UTC') OR click_id < {after_id:UUID})`,
    );
  }
  const startedAt = performance.now();
  const result = await client.query({
    query: `SELECT ${CLICK_COLUMNS} FROM ${clickTable(query)} WHERE ${conditions.join(' AND ')}
ORDER BY clicked_at DESC, click_id DESC LIMIT {limit:UInt32}`,
    query_params: params,
    format: 'JSONEachRow',
    clickhouse_settings: CLICK_SETTINGS,
  });
  const rows = await result.json<ClickRow>();
  const data = rows.slice(0, query.limit).map(toLoggedClick);
  const last = rows.length > query.limit ? data.at(-1) : undefined;
  return {
    data,
    next_cursor: last
      ? encodeCursor({ clickedAtMs: Date.parse(last.clicked_at), clickId: last.click_id })
      : null,
    query_time_ms: Math.round((performance.now() - startedAt) * 100) / 100,
  };
}
