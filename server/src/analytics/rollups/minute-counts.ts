import type { ClickHouseClient } from '@clickhouse/client';
import type { MinuteCount } from '../../click/minute-count.js';
import type { RollupMarks } from '../../click/rollups.js';
import { begunDays, unfoldedDays } from '../queries/folded-days.js';
import { HOUR_MASKS, isOfPair, MINUTE_MASKS } from '../queries/groupings.js';
import { droppedMonths, monthOf } from './dropped-months.js';

const LIMITS = { max_execution_time: 30, max_memory_usage: '1000000000', readonly: '2' } as const;
/** Numbers as numbers; the checksum comes as text. */
export const SETTINGS = { ...LIMITS, output_format_json_quote_64bit_integers: 0 } as const;

/** `half_of_id` in the ledger: the last eight bytes of an id, highest first. */
export const halfOf = (id: string) => `reinterpretAsUInt64(reverse(substring(UUIDToNum(${id}), 9, 8)))`;
const CHECKSUM = `toString(reinterpretAsInt64(groupBitXorIf(${halfOf('click_id')}, revision = 0 AND sign = 1)))`;
const RAW = `tenant_id AS tenantId, toInt64(toUnixTimestamp(toStartOfMinute(clicked_at, 'UTC'))) * 1000 AS minuteMs,
  sum(sign) AS clicks, sumIf(sign, is_fraudulent = 1) AS fraud, ${CHECKSUM} AS checksum`;

/**
 * The raw clicks of these chunks, by tenant and minute.
 *
 * @param keptFromMs rows of clicks that were received before it are left out: adjustments of clicks that the ledger has dropped
 */
export async function countRawMinutes(
  client: ClickHouseClient,
  chunkIds: readonly number[],
  keptFromMs: number,
): Promise<MinuteCount[]> {
  const result = await client.query({
    query: `SELECT ${RAW} FROM click_events WHERE chunk_id IN {chunks:Array(UInt64)}
      AND received_at >= fromUnixTimestamp64Milli({keptFrom:Int64}, 'UTC') GROUP BY tenantId, minuteMs`,
    query_params: { chunks: chunkIds, keptFrom: keptFromMs },
    format: 'JSONEachRow',
    clickhouse_settings: SETTINGS,
  });
  return result.json<MinuteCount>();
}

/** The conversions of these chunks, by tenant and minute: how many they count, and the ledger's checksum of their ids, rows and values. */
export async function countConversionMinutes(
  client: ClickHouseClient,
  chunkIds: readonly number[],
): Promise<MinuteCount[]> {
  const result = await client.query({
    query: `SELECT tenant_id AS tenantId, toInt64(toUnixTimestamp(toStartOfMinute(at, 'UTC'))) * 1000 AS minuteMs, sum(sign) AS clicks, 0 AS fraud,
        concat(toString(count()), ' ', toString(sum(sign * value_micros)), ' ',
          toString(reinterpretAsInt64(groupBitXorIf(${halfOf('conversion_id')}, sign = 1 AND views != 2 AND basis = 'conversion')))) AS checksum
      FROM conversion_events WHERE chunk_id IN {chunks:Array(UInt64)} GROUP BY tenantId, minuteMs`,
    query_params: { chunks: chunkIds },
    format: 'JSONEachRow',
    clickhouse_settings: SETTINGS,
  });
  return result.json<MinuteCount>();
}

/** What a rollup has for one tenant and one of its buckets, under one grouping. */
export interface RollupCount {
  place: string;
  tenantId: number;
  minuteMs: number;
  clicks: number;
  fraud: number;
}

/**
 * Each rollup is held against the next finer one: a minute against the raw clicks of the chunks that it holds, an hour and a day against
 * their minutes.
 *
 * Raw clicks are bounded by `DateTime64`: held against a `DateTime`, a part whose clicks all lie in the last second before the bound is
 * taken for outside of it (ClickHouse 26.7).
 */
const RAW_OF_TIME = `FROM click_events WHERE clicked_at >= {from:DateTime64(3, 'UTC')} AND clicked_at < {to:DateTime64(3, 'UTC')}`;
const RAW_CLICKS = `SELECT tenant_id, toStartOfMinute(clicked_at, 'UTC') AS at, sum(sign) AS clicks, sumIf(sign, is_fraudulent = 1) AS fraud
  ${RAW_OF_TIME} AND chunk_id <= {minutes:UInt64} GROUP BY tenant_id, at`;
const MINUTES = `SELECT tenant_id, bucket AS at, sum(clicks) AS clicks, sum(fraud) AS fraud
  FROM clicks_by_minute WHERE dimensions = 0 AND bucket >= {from:DateTime('UTC')} AND bucket < {to:DateTime('UTC')}
  GROUP BY tenant_id, at`;
/** As many as pairs hold: their folds come later than those of minutes, or sooner. */
const MINUTES_OF_PAIRS = `${MINUTES}
  UNION ALL
  SELECT tenant_id, toStartOfMinute(clicked_at, 'UTC') AS at, sum(sign * if(chunk_id <= {pairs:UInt64}, 1, -1)) AS clicks,
    sumIf(sign * if(chunk_id <= {pairs:UInt64}, 1, -1), is_fraudulent = 1) AS fraud
  ${RAW_OF_TIME} AND chunk_id > least({minutes:UInt64}, {pairs:UInt64}) AND chunk_id <= greatest({minutes:UInt64}, {pairs:UInt64})
  GROUP BY tenant_id, at`;
const PAIR_MASKS = HOUR_MASKS.filter(isOfPair);
const HOUR = { table: 'clicks_by_hour', start: 'toStartOfHour(at)', spanMs: 3_600_000 } as const;
const DAY = {
  table: 'clicks_by_day',
  start: `toDateTime(toStartOfDay(at), 'UTC')`,
  spanMs: 86_400_000,
} as const;
const COMPARED = [
  {
    table: 'clicks_by_minute',
    start: 'toStartOfMinute(at)',
    spanMs: 3_600_000,
    source: RAW_CLICKS,
    masks: MINUTE_MASKS,
  },
  { ...HOUR, source: MINUTES, masks: MINUTE_MASKS },
  { ...HOUR, source: MINUTES_OF_PAIRS, masks: PAIR_MASKS },
  { ...DAY, source: MINUTES, masks: MINUTE_MASKS },
  { ...DAY, source: MINUTES_OF_PAIRS, masks: PAIR_MASKS },
] as const;

/** A day that no fold was begun of, or that has not even the sums of its hours, is not read by anybody, and is folded again. */
async function isFolded(client: ClickHouseClient, day: { fromMs: number; toMs: number }): Promise<boolean> {
  return (await begunDays(client, day)).length > 0 && (await unfoldedDays(client, day)).length === 0;
}

/**
 * Buckets of the rollups that count otherwise than what they are made from, in the hour and, when it is folded, the day around this time. Each
 * grouping is compared by itself. Only right while nothing is inserted. Of a month whose raw clicks were dropped nothing can be said.
 *
 * @param marks how far the rollups are folded
 */
export async function findRollupDifferences(
  client: ClickHouseClient,
  aroundMs: number,
  marks: RollupMarks,
): Promise<{ source: { clicks: number; fraud: number }; rollup: RollupCount }[]> {
  const found: { source: { clicks: number; fraud: number }; rollup: RollupCount }[] = [];
  if ((await droppedMonths(client)).includes(monthOf(aroundMs))) return found;
  for (const { table, source, start, spanMs, masks } of COMPARED) {
    const from = Math.floor(aroundMs / spanMs) * spanMs;
    if (table === 'clicks_by_day' && !(await isFolded(client, { fromMs: from, toMs: from + spanMs })))
      continue;
    const result = await client.query({
      query: `WITH source AS (
  SELECT tenant_id, ${start} AS bucket, sum(clicks) AS clicks, sum(fraud) AS fraud FROM (${source}) GROUP BY tenant_id, bucket
), rolled AS (
  SELECT tenant_id, bucket, dimensions, sum(clicks) AS clicks, sum(fraud) AS fraud FROM ${table}
  WHERE bucket >= {from:DateTime('UTC')} AND bucket < {to:DateTime('UTC')} AND dimensions IN {masks:Array(UInt8)}
  GROUP BY tenant_id, bucket, dimensions
), expected AS (
  SELECT tenant_id, bucket, dimensions, clicks, fraud
  FROM source CROSS JOIN (SELECT arrayJoin({masks:Array(UInt8)}) AS dimensions) AS groupings
)
SELECT coalesce(e.tenant_id, r.tenant_id) AS tenantId, toInt64(toUnixTimestamp(coalesce(e.bucket, r.bucket))) * 1000 AS minuteMs,
  coalesce(e.dimensions, r.dimensions) AS grouping, coalesce(e.clicks, 0) AS sourceClicks, coalesce(e.fraud, 0) AS sourceFraud,
  coalesce(r.clicks, 0) AS rolledClicks, coalesce(r.fraud, 0) AS rolledFraud
FROM expected AS e FULL JOIN rolled AS r
  ON r.tenant_id = e.tenant_id AND r.bucket = e.bucket AND r.dimensions = e.dimensions
WHERE sourceClicks != rolledClicks OR sourceFraud != rolledFraud`,
      query_params: { from: new Date(from), to: new Date(from + spanMs), masks, ...marks },
      format: 'JSONEachRow',
      clickhouse_settings: { ...SETTINGS, join_use_nulls: 1 },
    });
    for (const row of await result.json<RollupRow>())
      found.push({
        source: { clicks: row.sourceClicks, fraud: row.sourceFraud },
        rollup: {
          place: `${table}, grouping ${row.grouping}`,
          tenantId: row.tenantId,
          minuteMs: row.minuteMs,
          clicks: row.rolledClicks,
          fraud: row.rolledFraud,
        },
      });
  }
  return found;
}

interface RollupRow {
  tenantId: number;
  minuteMs: number;
  grouping: number;
  sourceClicks: number;
  sourceFraud: number;
  rolledClicks: number;
  rolledFraud: number;
}
