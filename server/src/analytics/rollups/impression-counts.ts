import type { ClickHouseClient } from '@clickhouse/client';
import type { MinuteCount } from '../../click/minute-count.js';
import { droppedMonths, monthOf } from './dropped-months.js';
import { halfOf, SETTINGS } from './minute-counts.js';

/** The impressions of these chunks, by tenant and hour: how many, and the ledger's checksum of their rows. */
export async function countImpressionHours(
  client: ClickHouseClient,
  chunkIds: readonly number[],
): Promise<MinuteCount[]> {
  const result = await client.query({
    query: `SELECT tenant_id AS tenantId, toInt64(toUnixTimestamp(hour)) * 1000 AS minuteMs, sum(rows.impressions) AS clicks, 0 AS fraud,
        concat(toString(count()), ' ',
          toString(reinterpretAsInt64(groupBitXor(bitXor(${halfOf('count_id')}, reinterpretAsUInt64(rows.impressions)))))) AS checksum
      FROM impression_counts AS rows WHERE chunk_id IN {chunks:Array(UInt64)} GROUP BY tenantId, minuteMs`,
    query_params: { chunks: chunkIds },
    format: 'JSONEachRow',
    clickhouse_settings: SETTINGS,
  });
  return result.json<MinuteCount>();
}

/**
 * The impressions of some hours as the rollup has them beside the counts that it is filled from, where they differ. Only right while
 * nothing is inserted. Hours of a month whose counts were dropped are left out.
 */
export async function findImpressionDifferences(
  client: ClickHouseClient,
  hoursMs: readonly number[],
): Promise<{ tenantId: number; minuteMs: number; counted: number; rolled: number }[]> {
  const dropped = await droppedMonths(client);
  const kept = hoursMs.filter((ms) => !dropped.includes(monthOf(ms)));
  if (kept.length === 0) return [];
  const result = await client.query({
    query: `SELECT tenant_id AS tenantId, toInt64(toUnixTimestamp(hour)) * 1000 AS minuteMs, sum(n) AS counted, sum(r) AS rolled FROM (
        SELECT tenant_id, hour, impressions AS n, toInt64(0) AS r FROM impression_counts WHERE hour IN {hours:Array(UInt32)}
        UNION ALL
        SELECT tenant_id, hour, 0, impressions FROM impressions_by_hour WHERE hour IN {hours:Array(UInt32)}
      ) GROUP BY tenantId, minuteMs HAVING counted != rolled`,
    query_params: { hours: kept.map((ms) => ms / 1_000) },
    format: 'JSONEachRow',
    clickhouse_settings: SETTINGS,
  });
  return result.json();
}
