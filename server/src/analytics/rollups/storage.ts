import type { ClickHouseClient } from '@clickhouse/client';
import { DATABASE, QUERY_LIMITS } from '../client.js';

/** What analytics takes on disk, in active parts: from the engine's memory, no table is read. */
export async function readAnalyticsStorage(
  client: ClickHouseClient,
): Promise<{ bytes: number; partitions: number; parts: number }> {
  const result = await client.query({
    query: `SELECT toInt64(sum(bytes_on_disk)) AS bytes, toInt64(uniqExact(table, partition)) AS partitions, toInt64(count()) AS parts
FROM system.parts WHERE database = {database:String} AND active`,
    query_params: { database: DATABASE },
    format: 'JSONEachRow',
    clickhouse_settings: { ...QUERY_LIMITS, output_format_json_quote_64bit_integers: 0 },
  });
  const [row] = await result.json<{ bytes: number; partitions: number; parts: number }>();
  return row ?? { bytes: 0, partitions: 0, parts: 0 };
}
