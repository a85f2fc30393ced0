import type { ClickHouseClient } from '@clickhouse/client';
import { HOUR_MASKS } from '../queries/groupings.js';
import { SETTINGS } from './minute-counts.js';

/** No grouping of conversions is by fraud_reason, whose bit is the lowest. */
const MASKS = HOUR_MASKS.filter((mask) => mask % 2 === 0);
/** An hour of a tenant that the rollup counts otherwise than the conversions that it was filled from. */
export interface ConversionDifference {
  grouping: number;
  tenantId: number;
  minuteMs: number;
  /** All conversions, whatever their state. */
  counted: number;
  rolled: number;
}

/**
 * What differs in the rollup of conversions, in the hours that these chunks have conversions in, for each grouping by itself. Only right while
 * nothing is inserted.
 *
 * @param span all of those hours are in it, in milliseconds since 1970, the end not included
 */
export async function findConversionDifferences(
  client: ClickHouseClient,
  chunkIds: readonly number[],
  span: { fromMs: number; toMs: number },
): Promise<ConversionDifference[]> {
  const hoursOf = `SELECT toStartOfHour(at, 'UTC') FROM conversion_events WHERE chunk_id IN {chunks:Array(UInt64)}`;
  const result = await client.query({
    query: `SELECT tenant_id AS tenantId, toInt64(toUnixTimestamp(bucket)) * 1000 AS minuteMs, dimensions AS grouping,
  toInt64(e.s.1 + e.s.2 + e.s.3) AS counted, toInt64(r.s.1 + r.s.2 + r.s.3) AS rolled
FROM (
  SELECT tenant_id, basis, bucket, arrayJoin({masks:Array(UInt8)}) AS dimensions, s FROM (
    SELECT tenant_id, basis, toStartOfHour(at, 'UTC') AS bucket, (
      toInt64(sumIf(sign, status = 'attributed')), toInt64(sumIf(sign, status = 'unattributed')),
      toInt64(sumIf(sign, status = 'waiting')), toInt64(sumIf(sign * value_micros, status = 'attributed'))) AS s
    FROM conversion_events
    WHERE at >= fromUnixTimestamp64Milli({from:Int64}, 'UTC') AND at < fromUnixTimestamp64Milli({to:Int64}, 'UTC') AND bucket IN (${hoursOf})
    GROUP BY tenant_id, basis, bucket
  )
) AS e
FULL JOIN (
  SELECT tenant_id, basis, bucket, dimensions,
    (toInt64(sum(conversions)), toInt64(sum(unattributed)), toInt64(sum(waiting)), toInt64(sum(value_micros))) AS s
  FROM conversions_by_hour
  WHERE bucket >= toDateTime({fromSeconds:UInt32}, 'UTC') AND bucket < toDateTime({toSeconds:UInt32}, 'UTC') AND bucket IN (${hoursOf})
  GROUP BY tenant_id, basis, bucket, dimensions
) AS r USING (tenant_id, basis, bucket, dimensions)
WHERE e.s != r.s`,
    query_params: {
      chunks: chunkIds,
      masks: MASKS,
      from: span.fromMs,
      to: span.toMs,
      fromSeconds: span.fromMs / 1_000,
      toSeconds: span.toMs / 1_000,
    },
    format: 'JSONEachRow',
    clickhouse_settings: SETTINGS,
  });
  return result.json<ConversionDifference>();
}
