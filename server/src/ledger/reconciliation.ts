import type pg from 'pg';
import type { MinuteCount } from '../click/minute-count.js';
import { ALL_ROWS } from './event-kinds.js';

/** Something that analytics counts otherwise than the ledger. */
export interface Difference {
  /** The table, and for a rollup its grouping. */
  place: string;
  tenantId: number;
  minuteMs: number;
  ledger: { clicks: number; fraud: number };
  found: { clicks: number; fraud: number };
  idsDiffer: boolean;
}

/** Retention has dropped nothing of the chunk. */
const IS_WHOLE = 'chunk_id > (SELECT dropped_through_chunk FROM retention_watermark)';

/** Of chunks in an order, the first and as many more as have `clicksMax` clicks together. */
const withinClicks = (chunks: string, order: string, clicksMax: string) =>
  `SELECT chunk_id FROM (
     SELECT chunk_id, sum(${ALL_ROWS}) OVER (ORDER BY ${order}) AS clicks, row_number() OVER (ORDER BY ${order}) AS place
     FROM (${chunks}) AS chosen
   ) AS counted WHERE clicks <= ${clicksMax} OR place = 1 ORDER BY ${order}`;

/** Delivered chunks that were never compared, newest first, so that what is looked at most is checked soonest. */
export async function uncheckedChunks(
  session: pg.Client,
  countMax: number,
  clicksMax: number,
): Promise<number[]> {
  const unchecked = `SELECT * FROM chunks WHERE reconciled_at IS NULL AND delivered_at IS NOT NULL AND ${IS_WHOLE}
     ORDER BY chunk_id DESC LIMIT $1`;
  const { rows } = await session.query<{ chunk_id: number }>(withinClicks(unchecked, 'chunk_id DESC', '$2'), [
    countMax,
    clicksMax,
  ]);
  return rows.map((row) => row.chunk_id);
}

/** Chunks after `afterId` that were compared before and that the ledger has whole, for the sweep; it starts over when none is left. */
export async function chunksAfter(
  session: pg.Client,
  afterId: number,
  countMax: number,
  clicksMax: number,
): Promise<number[]> {
  const compared = `SELECT * FROM chunks WHERE reconciled_at IS NOT NULL AND chunk_id > $1 AND ${IS_WHOLE} ORDER BY chunk_id LIMIT $2`;
  const { rows } = await session.query<{ chunk_id: number }>(withinClicks(compared, 'chunk_id', '$3'), [
    afterId,
    countMax,
    clicksMax,
  ]);
  return rows.map((row) => row.chunk_id);
}

/** How many ids there are from the first chunk of the ledger to the last; 0 without chunks. */
export async function spanOfChunks(session: pg.Client): Promise<number> {
  const { rows } = await session.query<{ span: number }>(
    'SELECT coalesce(max(chunk_id) - min(chunk_id) + 1, 0) AS span FROM chunks',
  );
  return rows[0]?.span ?? 0;
}

/**
 * The clicks of these chunks by tenant and minute, without the dead letters, which analytics refused. An adjustment
 * counts in the minute it is about; the checksum is of the clicks as they came in. Left out are adjustments of clicks that retention
 * has dropped.
 *
 * @param keptFromMs clicks that were received before it are left out
 */
export async function countChunkMinutes(
  session: pg.Client,
  chunkIds: readonly number[],
  keptFromMs: number,
): Promise<MinuteCount[]> {
  const { rows } = await session.query<MinuteCount>(
    `SELECT c.tenant_id AS "tenantId", c.clicked_at_ms / 60000 * 60000 AS "minuteMs", sum(c.sign) AS clicks,
            sum(c.sign * c.is_fraudulent) AS fraud,
            coalesce(bit_xor(half_of_id(c.click_id)) FILTER (WHERE c.revision = 0 AND c.sign = 1), 0)::text AS checksum
     FROM chunk_clicks c
     WHERE c.chunk_id = ANY ($1) AND c.received_at_ms >= $2 AND NOT EXISTS (
       SELECT FROM chunk_parts p WHERE p.chunk_id = c.chunk_id AND p.kind = 'clicks' AND p.state = 'set_aside' AND p.first_click_id = c.click_id
     )
     GROUP BY 1, 2`,
    [chunkIds, keptFromMs],
  );
  return rows;
}

/**
 * The conversions of these chunks by tenant and minute, without the dead letters: how many they count, and a checksum of their ids, rows and
 * values. `fraud` is 0.
 */
export async function countConversionMinutes(
  session: pg.Client,
  chunkIds: readonly number[],
): Promise<MinuteCount[]> {
  const { rows } = await session.query<MinuteCount>(
    `SELECT c.tenant_id AS "tenantId", c.at_ms / 60000 * 60000 AS "minuteMs", sum(c.sign) AS clicks, 0 AS fraud,
            concat_ws(' ', count(*), sum(c.sign * c.value_micros)::bigint, coalesce(
              bit_xor(half_of_id(c.conversion_id)) FILTER (WHERE c.sign = 1 AND c.views <> 2 AND c.basis = 'conversion'), 0
            )) AS checksum
     FROM chunk_conversions c
     WHERE c.chunk_id = ANY ($1) AND NOT EXISTS (
       SELECT FROM chunk_parts p
       WHERE p.chunk_id = c.chunk_id AND p.kind = 'conversions' AND p.state = 'set_aside' AND p.first_click_id = c.conversion_id
     )
     GROUP BY 1, 2`,
    [chunkIds],
  );
  return rows;
}

/** The same of impressions: how many, and a checksum of their rows. */
export async function countImpressionMinutes(
  session: pg.Client,
  chunkIds: readonly number[],
): Promise<MinuteCount[]> {
  const { rows } = await session.query<MinuteCount>(
    `SELECT c.tenant_id AS "tenantId", c.hour_ms AS "minuteMs", sum(c.impressions)::bigint AS clicks, 0 AS fraud,
            concat_ws(' ', count(*), bit_xor(half_of_id(c.count_id) # c.impressions)) AS checksum
     FROM chunk_impressions c
     WHERE c.chunk_id = ANY ($1) AND NOT EXISTS (
       SELECT FROM chunk_parts p
       WHERE p.chunk_id = c.chunk_id AND p.kind = 'impressions' AND p.state = 'set_aside' AND p.first_click_id = c.count_id
     )
     GROUP BY 1, 2`,
    [chunkIds],
  );
  return rows;
}

export async function markChecked(session: pg.Client, chunkIds: readonly number[]): Promise<void> {
  await session.query(
    `WITH checked AS (UPDATE chunks SET reconciled_at = now() WHERE chunk_id = ANY ($1))
     UPDATE ledger_totals SET last_checked_at = now()`,
    [chunkIds],
  );
}

/** Notes what differs, unless it is known and not repaired yet. Returns how many are new. */
export async function noteDifferences(
  session: pg.ClientBase,
  differences: readonly Difference[],
): Promise<number> {
  if (differences.length === 0) return 0;
  const { rows } = await session.query<{ news: number }>(
    `WITH noted AS (
     INSERT INTO reconciliation_differences
       (place, tenant_id, minute, ledger_clicks, ledger_fraud, found_clicks, found_fraud, ids_differ)
     SELECT d.place, d.tenant_id, to_timestamp(d.minute_ms / 1000.0), d.ledger_clicks, d.ledger_fraud, d.found_clicks, d.found_fraud, d.ids_differ
     FROM unnest($1::text[], $2::integer[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[], $8::boolean[])
       AS d (place, tenant_id, minute_ms, ledger_clicks, ledger_fraud, found_clicks, found_fraud, ids_differ)
     WHERE NOT EXISTS (
       SELECT FROM reconciliation_differences o
       WHERE o.repaired_at IS NULL AND o.place = d.place AND o.tenant_id = d.tenant_id
         AND o.minute = to_timestamp(d.minute_ms / 1000.0)
     ) RETURNING 1
     ), counted AS (
       UPDATE ledger_totals SET differences_found = differences_found + (SELECT count(*) FROM noted)
     )
     SELECT count(*) AS news FROM noted`,
    [
      differences.map((one) => one.place),
      differences.map((one) => one.tenantId),
      differences.map((one) => one.minuteMs),
      differences.map((one) => one.ledger.clicks),
      differences.map((one) => one.ledger.fraud),
      differences.map((one) => one.found.clicks),
      differences.map((one) => one.found.fraud),
      differences.map((one) => one.idsDiffer),
    ],
  );
  return rows[0]?.news ?? 0;
}

/** Differences that are not repaired. */
export async function countOpenDifferences(pool: pg.Pool): Promise<number> {
  const { rows } = await pool.query<{ open: number }>(
    'SELECT count(*) AS open FROM reconciliation_differences WHERE repaired_at IS NULL',
  );
  return rows[0]?.open ?? 0;
}

/** Months (as in 202511) in which something differs and is not repaired. */
export async function openMonths(session: pg.Client): Promise<number[]> {
  const { rows } = await session.query<{ month: number }>(
    `SELECT DISTINCT to_char(minute AT TIME ZONE 'UTC', 'YYYYMM')::integer AS month
     FROM reconciliation_differences WHERE repaired_at IS NULL ORDER BY 1`,
  );
  return rows.map((row) => row.month);
}

/** These months were rebuilt from the ledger. Returns how many differences lay in them. */
export async function markRepaired(session: pg.Client, months: readonly number[]): Promise<number> {
  const { rowCount } = await session.query(
    `UPDATE reconciliation_differences SET repaired_at = now()
     WHERE repaired_at IS NULL AND to_char(minute AT TIME ZONE 'UTC', 'YYYYMM')::integer = ANY ($1)`,
    [months],
  );
  return rowCount ?? 0;
}

export interface ReconciliationSummary {
  checkedChunks: number;
  uncheckedChunks: number;
  lastCheckedAt: string | null;
  found: number;
  open: number;
  recent: (Omit<Difference, 'minuteMs'> & { minute: string; foundAt: string; repairedAt: string | null })[];
}

const RECENT_MAX = 50;

/** What has been compared and what was found, for people. */
export async function readReconciliation(pool: pg.Pool): Promise<ReconciliationSummary> {
  const iso = (column: string) => `to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
  // One statement, so one moment: a difference is open in the count and in the list, or in neither.
  const { rows } = await pool.query(
    `SELECT t.chunks - waiting.unchecked - waiting.undelivered AS checked, ${iso('t.last_checked_at')} AS last, waiting.unchecked,
            t.differences_found AS found, waiting.open, recent
     FROM ledger_totals t, (
       SELECT (SELECT count(*) FROM chunks WHERE reconciled_at IS NULL AND delivered_at IS NOT NULL AND ${IS_WHOLE}) AS unchecked,
              (SELECT count(*) FROM chunks WHERE delivered_at IS NULL) AS undelivered,
              (SELECT count(*) FROM reconciliation_differences WHERE repaired_at IS NULL) AS open
     ) AS waiting, (
       SELECT coalesce(json_agg(one), '[]') AS recent FROM (
         SELECT place, tenant_id AS "tenantId", ${iso('minute')} AS minute, ids_differ AS "idsDiffer",
                json_build_object('clicks', ledger_clicks, 'fraud', ledger_fraud) AS ledger,
                json_build_object('clicks', found_clicks, 'fraud', found_fraud) AS found,
                ${iso('found_at')} AS "foundAt", ${iso('repaired_at')} AS "repairedAt"
         FROM reconciliation_differences ORDER BY difference_id DESC LIMIT $1
       ) AS one
     ) AS recent`,
    [RECENT_MAX],
  );
  const [{ checked, unchecked, last, found, open, recent }] = rows;
  return { checkedChunks: checked, uncheckedChunks: unchecked, lastCheckedAt: last, found, open, recent };
}
