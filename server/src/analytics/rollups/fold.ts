import type { ClickHouseClient } from '@clickhouse/client';
import type { Rollup } from '../../click/rollups.js';

/** Rows of one fold, as one block: a token covers one block. Each click makes at most nine of a rollup. */
const ROWS_MAX = 4_194_304;
/** Rows of raw clicks that one fold may have, so that what it makes of them is one block. */
export const FOLD_CLICKS_MAX = 250_000;
/** Of a fold that nobody waits for, beside clicks and questions on a busy machine. */
const FOLD_S_MAX = 300;
const SETTINGS = {
  max_threads: 1,
  max_insert_threads: '1',
  max_block_size: String(ROWS_MAX),
  max_insert_block_size: String(ROWS_MAX),
  min_insert_block_size_rows: String(ROWS_MAX),
  min_insert_block_size_bytes: '0',
  max_partitions_per_insert_block: '0',
  max_memory_usage: '2000000000',
  max_execution_time: FOLD_S_MAX,
} as const;

const NAMES = 'device_type, os, browser, country, advertiser_id, campaign_id, ad_id, fraud_reason';
const COUNTS = `sum(sign) AS clicks, sumIf(sign, is_fraudulent = 1) AS fraud, sumIf(sign * cost_micros, is_fraudulent = 0) AS cost_micros,
  sumIf(sign, visitor_key = 0) AS without_visitor`;
/**
 * A click without user and address has no visitor (`visitor_key` 0): nobody could tell it from others. It is counted apart, and in no
 * sketch. An adjustment puts nobody into a sketch either: its click did, under the key that it had then. After an erasure the click has
 * another key, and its visitor would be counted twice. A deferred adjustment is about someone who clicked in another period.
 */
const USERS = `uniqCombined64StateIf(14)(visitor_key, sign = 1 AND revision = 0 AND visitor_key != 0) AS users`;

/** All clicks, and each dimension alone. The hours get what the minutes get, by a view. */
const minutesOf = (clicks: string) => `SELECT
  tenant_id, toUInt8(255 - grouping(${NAMES})) AS dimensions, bucket, ${NAMES}, ${COUNTS}, ${USERS}
FROM (SELECT *, toStartOfMinute(clicked_at, 'UTC') AS bucket FROM ${clicks})
GROUP BY GROUPING SETS (
  (tenant_id, bucket),
  ${NAMES.split(', ')
    .map((name) => `(tenant_id, bucket, ${name})`)
    .join(',\n  ')}
)
UNION ALL
-- The one grouping in which an adjustment does bring somebody: by the reason that it gives a click.
SELECT
  tenant_id, toUInt8(1) AS dimensions, bucket, '' AS device_type, '' AS os, '' AS browser, '' AS country, '' AS advertiser_id,
  '' AS campaign_id, '' AS ad_id, fraud_reason, toInt64(0) AS clicks, toInt64(0) AS fraud, toInt64(0) AS cost_micros,
  toInt64(0) AS without_visitor, uniqCombined64State(14)(visitor_key) AS users
FROM (SELECT *, toStartOfMinute(clicked_at, 'UTC') AS bucket FROM ${clicks} AND sign = 1 AND revision > 0 AND deferred = 0 AND visitor_key != 0)
GROUP BY tenant_id, bucket, fraud_reason`;

/**
 * One dimension filtered by another: not by minute, which has hardly fewer rows than clicks. The client (device type, system, browser) is
 * kept whole: there are few of them, and three pairs share a grouping.
 */
const pairsOf = (clicks: string) => `SELECT
  tenant_id, toUInt8(2 * (127 - grouping(device_type, os, browser, country, advertiser_id, campaign_id, ad_id))) AS dimensions,
  bucket, device_type, os, browser, country, advertiser_id, campaign_id, ad_id, '' AS fraud_reason, ${COUNTS}, ${USERS}
FROM (SELECT *, toStartOfHour(clicked_at, 'UTC') AS bucket FROM ${clicks})
GROUP BY GROUPING SETS (
  (tenant_id, bucket, advertiser_id, campaign_id, ad_id),
  (tenant_id, bucket, country, advertiser_id),
  (tenant_id, bucket, country, campaign_id),
  (tenant_id, bucket, country, ad_id),
  (tenant_id, bucket, device_type, os, browser),
  (tenant_id, bucket, device_type, os, browser, country),
  (tenant_id, bucket, device_type, os, browser, advertiser_id),
  (tenant_id, bucket, device_type, os, browser, campaign_id),
  (tenant_id, bucket, device_type, os, browser, ad_id)
)`;

const TARGETS = {
  minutes: { table: 'clicks_by_minute', rowsOf: minutesOf },
  pairs: { table: 'clicks_by_hour', rowsOf: pairsOf },
} as const;

/** Which raw clicks are folded: those of the chunks (from, to], or of a part of one chunk that was folded without it. */
export interface FoldedClicks {
  from: number;
  to: number;
  part?: { partId: number; firstClickId: string; lastClickId: string };
}

/**
 * Adds raw clicks to a rollup, as one block in one order under one token: sent again, it is dropped, here and in the rollups that are
 * filled from this one. So it may be aborted.
 *
 * @param options.once false: without a token, only into tables that are thrown away when it fails
 */
export async function fold(
  client: ClickHouseClient,
  rollup: Rollup,
  { from, to, part }: FoldedClicks,
  { once = true, signal }: { once?: boolean; signal?: AbortSignal } = {},
): Promise<void> {
  const { table, rowsOf } = TARGETS[rollup];
  // By text: the engine orders UUIDs otherwise than the ledger.
  const ofPart = part ? ' AND toString(click_id) BETWEEN {first:String} AND {last:String}' : '';
  const clicks = `click_events WHERE chunk_id > {from:UInt64} AND chunk_id <= {to:UInt64}${ofPart}`;
  await client.command({
    query: `INSERT INTO ${table} (tenant_id, dimensions, bucket, ${NAMES}, clicks, fraud, cost_micros, without_visitor, users, upto)
SELECT *, {to:UInt64} AS upto FROM (
${rowsOf(clicks)}
)
ORDER BY tenant_id, dimensions, bucket, ${NAMES}`,
    query_params: { from, to, first: part?.firstClickId, last: part?.lastClickId },
    ...(signal ? { abort_signal: signal } : {}),
    clickhouse_settings: {
      ...SETTINGS,
      ...(once
        ? {
            insert_deduplication_token: part
              ? `fold-${rollup}-part-${part.partId}`
              : `fold-${rollup}-${from}-${to}`,
            insert_deduplicate: 1,
            deduplicate_blocks_in_dependent_materialized_views: 1,
          }
        : { insert_deduplicate: 0 }),
    },
  });
}

/**
 * The newest chunk that the rollups held when folds began: of views that had filled them until then, none in a store that is made new. Null when there
 * are no raw clicks, so that nothing can be folded twice or be left out.
 */
export async function filledByViews(client: ClickHouseClient): Promise<number | null> {
  const result = await client.query({
    query: `SELECT (SELECT toInt64(max(chunk_id)) FROM filled_by_views) AS chunk, EXISTS (SELECT 1 FROM click_events) AS hasClicks`,
    format: 'JSONEachRow',
    clickhouse_settings: { output_format_json_quote_64bit_integers: 0 },
  });
  const [row] = await result.json<{ chunk: number; hasClicks: number }>();
  return row?.hasClicks ? row.chunk : null;
}
