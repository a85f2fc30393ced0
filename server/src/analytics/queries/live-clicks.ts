import type { ClickHouseClient } from '@clickhouse/client';
import { LIVE_CLICKS_MAX, type LiveSecond, type LoggedClick } from '@clickledger/contract';
import { CLICK_COLUMNS, CLICK_SETTINGS, type ClickRow, toLoggedClick } from './click-row.js';

/** Clicks that came with the chunks after `afterChunk` up to `toChunk`, by their time in `[fromMs, toMs)`. */
export interface LiveSlice {
  fromMs: number;
  toMs: number;
  afterChunk: number;
  toChunk: number;
}

/** Counts by second, and the newest clicks first, of one tenant's slice. */
export async function readLiveClicks(
  client: ClickHouseClient,
  tenantId: number,
  slice: LiveSlice,
): Promise<{ seconds: LiveSecond[]; clicks: LoggedClick[] }> {
  const ask = async <T>(select: string, rest: string, format: 'JSONEachRow' | 'JSONCompactEachRow') => {
    const result = await client.query({
      query: `SELECT ${select} FROM click_events
WHERE tenant_id = {tenant:UInt32} AND clicked_at >= fromUnixTimestamp64Milli({from:Int64}, 'UTC')
  AND clicked_at < fromUnixTimestamp64Milli({to:Int64}, 'UTC')
  AND chunk_id > {after:UInt64} AND chunk_id <= {upto:UInt64}
  AND revision = 0 AND sign = 1 -- an adjustment is no new click
${rest}`,
      query_params: {
        tenant: tenantId,
        from: slice.fromMs,
        to: slice.toMs,
        after: slice.afterChunk,
        upto: slice.toChunk,
        limit: LIVE_CLICKS_MAX,
      },
      format,
      clickhouse_settings: CLICK_SETTINGS,
    });
    return result.json<T>();
  };
  const [seconds, rows] = await Promise.all([
    ask<LiveSecond>(
      'toUnixTimestamp(clicked_at) AS second, count(), countIf(is_fraudulent = 1)',
      'GROUP BY second ORDER BY second',
      'JSONCompactEachRow',
    ),
    ask<ClickRow>(
      CLICK_COLUMNS,
      'ORDER BY clicked_at DESC, click_id DESC LIMIT {limit:UInt32}',
      'JSONEachRow',
    ),
  ]);
  return { seconds, clicks: rows.map(toLoggedClick) };
}
