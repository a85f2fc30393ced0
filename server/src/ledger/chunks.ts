import type pg from 'pg';

/** Limits of one chunk. One insert takes it as one block, so that its token covers all of it. */
export const CHUNK_BATCHES_MAX = 5_000;
export const CHUNK_CLICKS_MAX = 50_000;

export interface ChunkPart {
  partId: number;
  firstClickId: string;
  lastClickId: string;
}

/** Whether a chunk is fixed and not delivered, or a batch waits to be in one. */
export async function hasUndelivered(session: pg.Client): Promise<boolean> {
  const { rows } = await session.query<{ has: boolean }>(
    `SELECT EXISTS (SELECT FROM chunks WHERE delivered_at IS NULL)
         OR EXISTS (SELECT FROM batches WHERE chunk_id IS NULL) AS has`,
  );
  return rows[0]?.has ?? false;
}

/** The oldest chunk that is fixed and not delivered; null when there is none. */
export async function undeliveredChunk(session: pg.Client): Promise<number | null> {
  const { rows } = await session.query<{ chunk_id: number }>(
    'SELECT chunk_id FROM chunks WHERE delivered_at IS NULL ORDER BY chunk_id LIMIT 1',
  );
  return rows[0]?.chunk_id ?? null;
}

/**
 * Whether the next chunk gains nothing by waiting: one is fixed and not delivered, or as much waits as one can have.
 *
 * @param clicksMax what the next chunk may have, as in `stampChunk`
 */
export async function isNextChunkFull(session: pg.Client, clicksMax: number): Promise<boolean> {
  const { rows } = await session.query<{ is_full: boolean }>(
    `SELECT EXISTS (SELECT FROM chunks WHERE delivered_at IS NULL)
         OR count(*) >= $1 OR coalesce(sum(click_count + 2 * adjustment_count), 0) >= $2 AS is_full
     FROM (SELECT click_count, adjustment_count FROM batches WHERE chunk_id IS NULL LIMIT $1) AS waiting`,
    [CHUNK_BATCHES_MAX, clicksMax],
  );
  return rows[0]?.is_full ?? false;
}

/**
 * Fixes the next chunk; null when no batch waits.
 *
 * @param clicksMax up to `CHUNK_CLICKS_MAX`
 */
export async function stampChunk(session: pg.Client, clicksMax: number): Promise<number | null> {
  const { rows } = await session.query<{ chunk_id: number | null }>(
    'SELECT stamp_chunk($1, $2) AS chunk_id',
    [CHUNK_BATCHES_MAX, clicksMax],
  );
  return rows[0]?.chunk_id ?? null;
}

/** Returns how many clicks the chunk has. */
export async function markDelivered(session: pg.Client, chunkId: number): Promise<number> {
  const { rows } = await session.query<{ clicks: number }>(
    'UPDATE chunks SET delivered_at = now() WHERE chunk_id = $1 RETURNING click_count AS clicks',
    [chunkId],
  );
  return rows[0]?.clicks ?? 0;
}

/** The parts of a refused chunk that are still to be sent; null for a chunk that was never split. */
export async function pendingParts(session: pg.Client, chunkId: number): Promise<ChunkPart[] | null> {
  const { rows } = await session.query<ChunkPart & { state: string }>(
    `SELECT part_id AS "partId", first_click_id AS "firstClickId", last_click_id AS "lastClickId", state
     FROM chunk_parts WHERE chunk_id = $1 ORDER BY part_id`,
    [chunkId],
  );
  return rows.length === 0 ? null : rows.filter((row) => row.state === 'pending');
}

/**
 * Halves a refused chunk (`part` null) or part by the order of its click ids, recorded before anything of it is sent.
 * A part of one click can't be halved: it becomes a dead letter with its reason, to be seen, counted and replayed.
 */
export async function splitOrSetAside(
  session: pg.Client,
  chunkId: number,
  part: ChunkPart | null,
  reason: string,
): Promise<void> {
  await session.query(
    `WITH clicks AS (
       SELECT click_id, ntile(2) OVER (ORDER BY click_id) AS half, count(*) OVER () AS total
       FROM (SELECT DISTINCT click_id FROM chunk_clicks
             WHERE chunk_id = $1 AND ($2::bigint IS NULL OR click_id BETWEEN $3 AND $4)) AS ids
     ), halves AS (
       SELECT half, min(click_id::text)::uuid AS first_id, max(click_id::text)::uuid AS last_id, max(total) AS total
       FROM clicks GROUP BY half
     ), closed AS (
       UPDATE chunk_parts SET reason = $5, state = CASE WHEN (SELECT max(total) FROM halves) > 1 THEN 'split' ELSE 'set_aside' END
       WHERE part_id = $2
     )
     INSERT INTO chunk_parts (chunk_id, first_click_id, last_click_id, state, reason)
     SELECT $1, first_id, last_id, CASE WHEN total > 1 THEN 'pending' ELSE 'set_aside' END, CASE WHEN total > 1 THEN NULL ELSE $5 END
     FROM halves WHERE total > 1 OR $2 IS NULL`,
    [
      chunkId,
      part?.partId ?? null,
      part?.firstClickId ?? null,
      part?.lastClickId ?? null,
      reason.slice(0, 1_000),
    ],
  );
}

export async function markPartDelivered(session: pg.Client, partId: number): Promise<void> {
  await session.query(`UPDATE chunk_parts SET state = 'delivered' WHERE part_id = $1`, [partId]);
}

export interface Backlog {
  /** Clicks and adjustments committed and not delivered to analytics. */
  rows: number;
  /** Age of the oldest of them; 0 when there is none. */
  seconds: number;
  /** Clicks the engine refused. */
  setAside: number;
}

/** What analytics lacks. Reads only what is not delivered, so it is cheap however large the ledger is. */
export async function readBacklog(pool: pg.Pool): Promise<Backlog> {
  const { rows } = await pool.query<Backlog>(
    `WITH waiting AS (
       SELECT click_count + adjustment_count AS n, received_at FROM batches WHERE chunk_id IS NULL
       UNION ALL
       SELECT click_count + adjustment_count, first_received_at FROM chunks WHERE delivered_at IS NULL
     )
     SELECT coalesce(sum(n), 0)::bigint AS rows,
            coalesce(greatest(extract(epoch FROM now() - min(received_at)), 0), 0)::float8 AS seconds,
            (SELECT count(*) FROM chunk_parts WHERE state = 'set_aside') AS "setAside"
     FROM waiting`,
  );
  return rows[0] ?? { rows: 0, seconds: 0, setAside: 0 };
}

/** All clicks and flagged clicks that the ledger ever had, those that retention has dropped included. */
export async function countLedger(pool: pg.Pool): Promise<{ clicks: number; fraudClicks: number }> {
  const { rows } = await pool.query<{ clicks: number; fraudClicks: number }>(
    `SELECT sum(clicks)::bigint AS clicks, sum(fraud)::bigint AS "fraudClicks"
     FROM (SELECT clicks, fraud FROM ledger_totals
           UNION ALL SELECT click_count, fraud_count FROM batches WHERE chunk_id IS NULL) AS counted`,
  );
  return rows[0] ?? { clicks: 0, fraudClicks: 0 };
}
