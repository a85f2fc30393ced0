import type pg from 'pg';
import { EVENT_KINDS, type EventKind } from '../click/event-kinds.js';
import { ALL_ROWS, KINDS } from './event-kinds.js';

/** Limits of one chunk. One insert takes it as one block, so that its token covers all of it. */
export const CHUNK_BATCHES_MAX = 5_000;
export const CHUNK_CLICKS_MAX = 50_000;
/** What a backlog counts: an adjustment is one, whatever rows it makes. */
const EVENTS = `${ALL_ROWS} - adjustment_count`;

/** A chunk that is fixed. */
export interface Chunk {
  chunkId: number;
  /** The kinds of events that it has. */
  kinds: EventKind[];
}

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
export async function undeliveredChunk(session: pg.Client): Promise<Chunk | null> {
  const has = EVENT_KINDS.map((kind) => `CASE WHEN ${KINDS[kind].rows} > 0 THEN '${kind}' END`);
  const { rows } = await session.query<Chunk>(
    `SELECT chunk_id AS "chunkId", array_remove(ARRAY[${has.join(', ')}], NULL) AS kinds
     FROM chunks WHERE delivered_at IS NULL ORDER BY chunk_id LIMIT 1`,
  );
  return rows[0] ?? null;
}

/**
 * Whether the next chunk gains nothing by waiting: one is fixed and not delivered, or as much waits as one can have.
 *
 * @param clicksMax what the next chunk may have, as in `stampChunk`
 */
export async function isNextChunkFull(session: pg.Client, clicksMax: number): Promise<boolean> {
  const { rows } = await session.query<{ is_full: boolean }>(
    `SELECT EXISTS (SELECT FROM chunks WHERE delivered_at IS NULL)
         OR count(*) >= $1 OR coalesce(sum(n), 0) >= $2 AS is_full
     FROM (SELECT ${ALL_ROWS} AS n FROM batches WHERE chunk_id IS NULL LIMIT $1) AS waiting`,
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

/** Returns how many events the chunk has. */
export async function markDelivered(session: pg.Client, chunkId: number): Promise<number> {
  const { rows } = await session.query<{ clicks: number }>(
    `UPDATE chunks SET delivered_at = now() WHERE chunk_id = $1 RETURNING ${EVENTS} AS clicks`,
    [chunkId],
  );
  return rows[0]?.clicks ?? 0;
}

/** The parts of a refused chunk, of events of one kind, that are still to be sent; null when those were never split. */
export async function pendingParts(
  session: pg.Client,
  chunkId: number,
  kind: EventKind,
): Promise<ChunkPart[] | null> {
  const { rows } = await session.query<ChunkPart & { state: string }>(
    `SELECT part_id AS "partId", first_click_id AS "firstClickId", last_click_id AS "lastClickId", state
     FROM chunk_parts WHERE chunk_id = $1 AND kind = $2 ORDER BY part_id`,
    [chunkId, kind],
  );
  return rows.length === 0 ? null : rows.filter((row) => row.state === 'pending');
}

/**
 * Halves the events of a refused chunk (`part` null) or part by the order of their ids, recorded before anything of it is sent.
 * A part of one event can't be halved: it becomes a dead letter with its reason, to be seen, counted and replayed.
 */
export async function splitOrSetAside(
  session: pg.Client,
  { chunkId, kind, part }: { chunkId: number; kind: EventKind; part: ChunkPart | null },
  reason: string,
): Promise<void> {
  const { id, view } = KINDS[kind];
  await session.query(
    `WITH events AS (
       SELECT id, ntile(2) OVER (ORDER BY id) AS half, count(*) OVER () AS total
       FROM (SELECT DISTINCT ${id} AS id FROM ${view}
             WHERE chunk_id = $1 AND ($2::bigint IS NULL OR ${id} BETWEEN $3 AND $4)) AS ids
     ), halves AS (
       SELECT half, min(id::text)::uuid AS first_id, max(id::text)::uuid AS last_id, max(total) AS total
       FROM events GROUP BY half
     ), closed AS (
       UPDATE chunk_parts SET reason = $5, state = CASE WHEN (SELECT max(total) FROM halves) > 1 THEN 'split' ELSE 'set_aside' END
       WHERE part_id = $2
     )
     INSERT INTO chunk_parts (chunk_id, kind, first_click_id, last_click_id, state, reason)
     SELECT $1, $6, first_id, last_id, CASE WHEN total > 1 THEN 'pending' ELSE 'set_aside' END, CASE WHEN total > 1 THEN NULL ELSE $5 END
     FROM halves WHERE total > 1 OR $2 IS NULL`,
    [
      chunkId,
      part?.partId ?? null,
      part?.firstClickId ?? null,
      part?.lastClickId ?? null,
      reason.slice(0, 1_000),
      kind,
    ],
  );
}

export async function markPartDelivered(session: pg.Client, partId: number): Promise<void> {
  await session.query(`UPDATE chunk_parts SET state = 'delivered' WHERE part_id = $1`, [partId]);
}

export interface Backlog {
  /** Clicks, adjustments and rows of other events committed and not delivered to analytics. */
  rows: number;
  /** Age of the oldest of them; 0 when there is none. */
  seconds: number;
  /** Events the engine refused. */
  setAside: number;
}

/** What analytics lacks. Reads only what is not delivered, so it is cheap however large the ledger is. */
export async function readBacklog(pool: pg.Pool): Promise<Backlog> {
  const { rows } = await pool.query<Backlog>(
    `WITH waiting AS (
       SELECT ${EVENTS} AS n, received_at FROM batches WHERE chunk_id IS NULL
       UNION ALL
       SELECT ${EVENTS}, first_received_at FROM chunks WHERE delivered_at IS NULL
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
