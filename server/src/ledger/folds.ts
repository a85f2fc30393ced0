import type pg from 'pg';
import { ROLLUPS, type Rollup, type RollupMarks } from '../click/rollups.js';

type Database = Pick<pg.ClientBase, 'query'>;

/** The chunks (from, to] on their way from the raw clicks to a rollup. */
export interface Fold {
  rollup: Rollup;
  /** Not included. */
  from: number;
  to: number;
}

/** Chunks that are looked at to choose a fold: a fold of a slow night has few clicks, and no more chunks than these. */
const CHUNKS_MAX = 5_000;

/** How far each rollup is folded; null before the first relay of this release has begun: then analytics has no chunk that lacks in them. */
export async function readMarks(database: Database): Promise<RollupMarks | null> {
  const { rows } = await database.query<{ rollup: Rollup; folded_to: number }>({
    name: 'rollup_marks',
    text: 'SELECT rollup, folded_to FROM rollup_folds',
  });
  if (rows.length < ROLLUPS.length) return null;
  return Object.fromEntries(rows.map((row) => [row.rollup, row.folded_to])) as Record<Rollup, number>;
}

/** Notes where folding begins; once. */
export async function beginFolds(session: Database, from: number): Promise<void> {
  await session.query(
    'INSERT INTO rollup_folds (rollup, folded_to) SELECT unnest($1::text[]), $2 ON CONFLICT DO NOTHING',
    [ROLLUPS, from],
  );
}

/** The folds that are fixed and not known to be done. */
export async function fixedFolds(session: Database): Promise<Fold[]> {
  const { rows } = await session.query<Fold>(
    'SELECT rollup, folded_to AS from, folding_to AS to FROM rollup_folds WHERE folding_to IS NOT NULL ORDER BY rollup',
  );
  return rows;
}

/** What waits to be folded into a rollup. */
export interface Unfolded {
  rollup: Rollup;
  /** The last of the oldest chunks that make one fold. */
  to: number;
  /** Clicks and rows of adjustments in them. */
  clicks: number;
  /** Since when the oldest of them waits, in seconds. */
  seconds: number;
  /** Whether somebody waits for them. */
  isWanted: boolean;
}

/**
 * The oldest delivered chunks that each rollup lacks, as many as have `clicksMax` rows together, or one.
 * Chunks are stamped and delivered in the order of their ids, so none comes in between later.
 */
export async function unfoldedChunks(session: Database, clicksMax: number): Promise<Unfolded[]> {
  const { rows } = await session.query<Unfolded>(
    `SELECT rollup, max(chunk_id) AS to, sum(n)::bigint AS clicks, extract(epoch FROM now() - min(delivered_at))::float8 AS seconds,
       bool_or(wanted_to > folded_to) AS "isWanted"
     FROM rollup_folds, LATERAL (
       SELECT *, sum(n) OVER (ORDER BY chunk_id) AS through, row_number() OVER (ORDER BY chunk_id) AS place
       FROM (
         SELECT chunk_id, click_count + 2 * adjustment_count AS n, delivered_at FROM chunks
         WHERE chunk_id > folded_to AND delivered_at IS NOT NULL AND chunk_id < coalesce(
           (SELECT chunk_id FROM chunks WHERE delivered_at IS NULL AND chunk_id > folded_to ORDER BY chunk_id LIMIT 1), ${Number.MAX_SAFE_INTEGER}
         )
         ORDER BY chunk_id LIMIT ${CHUNKS_MAX}
       ) AS waiting
     ) AS counted
     WHERE through <= $1 OR place = 1
     GROUP BY rollup`,
    [clicksMax],
  );
  return rows;
}

/** Clicks and rows of adjustments that are delivered and that some rollup lacks: what a query may have to read one by one. */
export async function countUnfolded(session: Database): Promise<number> {
  const { rows } = await session.query<{ clicks: number }>(
    `SELECT coalesce(sum(click_count + 2 * adjustment_count), 0)::bigint AS clicks FROM chunks
     WHERE chunk_id > (SELECT min(folded_to) FROM rollup_folds) AND delivered_at IS NOT NULL`,
  );
  return rows[0]?.clicks ?? 0;
}

/** Has everything up to this chunk folded at once. */
export async function wantFolded(database: Database, upto: number): Promise<void> {
  await database.query('UPDATE rollup_folds SET wanted_to = greatest(wanted_to, $1)', [upto]);
}

/** Fixes the next fold of a rollup, through the session that holds the relay's lock. Null when another one is fixed. */
export async function fixFold(session: Database, rollup: Rollup, to: number): Promise<Fold | null> {
  const { rows } = await session.query<Fold>(
    `UPDATE rollup_folds SET folding_to = $2 WHERE rollup = $1 AND folding_to IS NULL AND folded_to < $2
     RETURNING rollup, folded_to AS from, folding_to AS to`,
    [rollup, to],
  );
  return rows[0] ?? null;
}

/** The fold is in analytics: true whoever says it, and however often. */
export async function markFolded(database: Database, { rollup, from, to }: Fold): Promise<void> {
  await database.query(
    'UPDATE rollup_folds SET folded_to = $3, folding_to = NULL WHERE rollup = $1 AND folded_to = $2 AND folding_to = $3',
    [rollup, from, to],
  );
}
