import type { ClickHouseClient } from '@clickhouse/client';
import {
  TIME_TO_CONVERT_BOUNDS,
  type TimeToConvertQuery,
  type TimeToConvertReply,
} from '@clickledger/contract';
import { QUERY_LIMITS } from '../client.js';
import { dimensionFilters } from './aggregate-sql.js';
import { conversionConditions } from './conversion-figures.js';

/** `GET /analytics/time-to-convert` for one tenant: what the contract says. Throws what the engine says. */
export async function timeToConvert(
  client: ClickHouseClient,
  tenantId: number,
  query: TimeToConvertQuery,
): Promise<TimeToConvertReply> {
  const params: Record<string, unknown> = { tenant: tenantId, bounds: TIME_TO_CONVERT_BOUNDS };
  const where = [
    'tenant_id = {tenant:UInt32}',
    ...conversionConditions(
      query,
      [{ fromMs: Date.parse(query.start_time), toMs: Date.parse(query.end_time) }],
      params,
    ),
    ...dimensionFilters(query, params),
    `status = 'attributed'`,
  ];
  const result = await client.query({
    // A state that another took the place of cancels out with its own row of sign -1: it has the same time.
    query: `SELECT toInt64(sum(n)) AS conversions, toInt64(quantileExactWeightedIf(0.5)(seconds, toUInt64(n), n > 0)) AS median,
  sumMap(map(arrayCount(bound -> seconds >= bound, {bounds:Array(UInt32)}), n)) AS counts
FROM (SELECT seconds_to_convert AS seconds, sum(sign) AS n FROM conversion_events PREWHERE ${where.join(' AND ')} GROUP BY seconds HAVING n != 0)`,
    query_params: params,
    format: 'JSONEachRow',
    clickhouse_settings: { ...QUERY_LIMITS, output_format_json_quote_64bit_integers: 0 },
  });
  const [row] = await result.json<{ conversions: number; median: number; counts: Record<string, number> }>();
  const conversions = row?.conversions ?? 0;
  return {
    start_time: new Date(query.start_time).toISOString(),
    end_time: new Date(query.end_time).toISOString(),
    conversions,
    median_seconds: conversions > 0 ? (row?.median ?? null) : null,
    buckets: [0, ...TIME_TO_CONVERT_BOUNDS].map((from, i) => ({
      from_seconds: from,
      to_seconds: TIME_TO_CONVERT_BOUNDS[i] ?? null,
      conversions: row?.counts[i] ?? 0,
    })),
  };
}
