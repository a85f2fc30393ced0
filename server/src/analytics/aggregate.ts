import type { ClickHouseClient } from '@clickhouse/client';
import {
  type AggregateQuery,
  type AggregateReply,
  type AggregateRow,
  DIMENSIONS,
  type Dimension,
  LIMITS,
} from '@clickledger/contract';
import { QUERY_LIMITS } from './client.js';
import { bucketStarts, type Piece, splitRange } from './ranges.js';

/** The groupings of the rollups (see the migration) as dimensions, fewest keys first. */
const GROUPINGS: readonly (readonly Dimension[])[] = [
  [],
  ['campaign_id'],
  ['ad_id'],
  ['advertiser_id'],
  ['country'],
  ['device_type'],
  ['campaign_id', 'ad_id'],
  ['campaign_id', 'country'],
  ['campaign_id', 'device_type'],
];

/** The answer would have more than `LIMITS.aggregateRowsMax` rows. */
export class TooManyRows extends Error {
  override name = 'TooManyRows';
}

type Params = Record<string, string | number>;

/** SQL of one piece: counts and mergeable sketches of users by bucket and group. Every value is a bound parameter. */
function pieceSql(
  piece: Piece,
  index: number,
  query: AggregateQuery,
  used: readonly Dimension[],
  params: Params,
): string {
  const groupBy = query.group_by ?? [];
  const grouping = GROUPINGS.find((keys) => used.every((dimension) => keys.includes(dimension)));
  const raw = piece.source === 'click_events' || !grouping;
  const column = (dimension: Dimension) =>
    raw ? dimension : `key${(grouping?.indexOf(dimension) ?? 0) + 1}`;
  const time = raw ? 'clicked_at' : 'bucket';
  params[`from${index}`] = piece.fromMs;
  params[`to${index}`] = piece.toMs;

  const bucket = {
    minute: `toUnixTimestamp(toStartOfMinute(${time}, {zone:String}))`,
    // Not toStartOfHour: after a change of clocks by half an hour (Lord Howe) its hours are half an hour off.
    hour: `toUnixTimestamp(${time}) - (toUnixTimestamp(${time}) + timeZoneOffset(toTimeZone(${time}, {zone:String}))) % 3600`,
    day: `toUnixTimestamp(toStartOfDay(${time}, {zone:String}))`,
    total: 'intDiv({start:Int64}, 1000)',
  }[query.granularity];
  const figures = raw
    ? 'count() AS n, countIf(is_fraudulent = 1) AS f, uniqCombined64State(visitor_key) AS u'
    : 'sum(clicks) AS n, sum(fraud) AS f, uniqCombined64MergeState(users) AS u';
  const conditions = [
    'tenant_id = {tenant:UInt32}',
    `${time} >= fromUnixTimestamp64Milli({from${index}:Int64}, 'UTC')`,
    `${time} < fromUnixTimestamp64Milli({to${index}:Int64}, 'UTC')`,
  ];
  if (!raw) {
    params.grouping = grouping && grouping.length > 0 ? grouping.join(',') : 'all';
    conditions.push('grouping = {grouping:String}');
  }
  for (const dimension of DIMENSIONS) {
    const value = query[dimension];
    if (value === undefined) continue;
    params[`f_${dimension}`] = value;
    conditions.push(`${column(dimension)} = {f_${dimension}:String}`);
  }
  const groups = groupBy.map((dimension, i) => `, toString(${column(dimension)}) AS g${i}`).join('');
  const source = raw ? 'click_events' : piece.source;
  return `SELECT toInt64(${bucket}) AS b${groups}, ${figures} FROM ${source} WHERE ${conditions.join(' AND ')} GROUP BY b${groupBy.map((_, i) => `, g${i}`).join('')}`;
}

/** `GET /analytics/aggregate` for one tenant: what the contract says. Throws `TooManyRows`, or what the engine says. */
export async function aggregate(
  client: ClickHouseClient,
  tenantId: number,
  query: AggregateQuery,
): Promise<AggregateReply> {
  const startMs = Date.parse(query.start_time);
  const endMs = Date.parse(query.end_time);
  const groupBy = query.group_by ?? [];
  const used = DIMENSIONS.filter(
    (dimension) => groupBy.includes(dimension) || query[dimension] !== undefined,
  );
  const params: Params = {
    tenant: tenantId,
    start: startMs,
    zone: query.timezone,
    limit: query.limit ?? LIMITS.aggregateRowsMax + 1,
  };
  const pieces = splitRange(startMs, endMs, query.granularity, query.timezone)
    .map((piece, index) => pieceSql(piece, index, query, used, params))
    .join('\nUNION ALL\n');
  const groups = groupBy.map((_, i) => `, g${i}`).join('');
  const sql = `SELECT b${groups}, sum(n) AS clicks, sum(f) AS fraud_count, uniqCombined64Merge(u) AS unique_users
FROM (${pieces})
GROUP BY b${groups}
HAVING clicks > 0
ORDER BY ${query.granularity === 'total' ? `clicks DESC${groups}` : `b${groups}`}
LIMIT {limit:UInt32}`;

  const startedAt = performance.now();
  const result = await client.query({
    query: sql,
    query_params: params,
    format: 'JSONCompactEachRow',
    clickhouse_settings: { ...QUERY_LIMITS, output_format_json_quote_64bit_integers: 0 },
  });
  const rows = await result.json<(number | string)[]>();
  if (rows.length > LIMITS.aggregateRowsMax) throw new TooManyRows();
  const data = rows.map((row): AggregateRow => {
    const [clicks, frauds, users] = row.slice(-3).map(Number);
    const values = groupBy.map((dimension, i) => [dimension, String(row[i + 1])]);
    return {
      time_bucket:
        query.granularity === 'total'
          ? new Date(startMs).toISOString()
          : new Date(Number(row[0]) * 1_000).toISOString(),
      clicks: clicks ?? 0,
      unique_users: users ?? 0,
      fraud_count: frauds ?? 0,
      ...Object.fromEntries(values),
    };
  });
  return {
    data: query.fill === 'true' ? fill(data, startMs, endMs, query) : data,
    total_clicks: data.reduce((sum, row) => sum + row.clicks, 0),
    query_time_ms: Math.round((performance.now() - startedAt) * 100) / 100,
  };
}

/** Adds the buckets without clicks. */
function fill(data: AggregateRow[], startMs: number, endMs: number, query: AggregateQuery): AggregateRow[] {
  if (query.granularity === 'total')
    return data.length > 0
      ? data
      : [{ time_bucket: new Date(startMs).toISOString(), clicks: 0, unique_users: 0, fraud_count: 0 }];
  const found = new Map(data.map((row) => [row.time_bucket, row]));
  return bucketStarts(startMs, endMs, query.granularity, query.timezone).map((ms) => {
    const time_bucket = new Date(ms).toISOString();
    return found.get(time_bucket) ?? { time_bucket, clicks: 0, unique_users: 0, fraud_count: 0 };
  });
}
