import type pg from 'pg';

/** Neighbouring chunks that are loaded with one insert. */
export interface ChunkRun {
  first: number;
  last: number;
  clicks: number;
}

/** What of the ledger makes up analytics, after some chunk and up to another. */
export interface RebuildPlan {
  runs: ChunkRun[];
  /** Delivered parts of chunks that analytics refused as a whole. */
  parts: { chunkId: number; partId: number }[];
  clicks: number;
  /** The newest delivered chunk. */
  upTo: number;
}

/** A chunk of the ledger, and whether its parts are loaded one by one. */
interface PlannedChunk {
  chunk_id: number;
  click_count: number;
  is_split: boolean;
}

/** Clicks of a run. Larger ones load faster and take more memory; but whoever waits should see how far it is. */
const RUN_CLICKS_MIN = 50_000;
const RUN_CLICKS_MAX = 250_000;
/** Of many clicks, at least so many runs. */
const RUNS_MIN = 20;

/** Plans the load of every delivered chunk after `after` that the ledger still has. */
export async function planRebuild(database: pg.Pool | pg.Client, after: number): Promise<RebuildPlan> {
  const query = database.query.bind(database) as pg.Client['query'];
  const { rows } = await query<PlannedChunk>(
    `SELECT chunk_id, click_count, EXISTS (SELECT FROM chunk_parts p WHERE p.chunk_id = c.chunk_id) AS is_split
     FROM chunks c
     WHERE chunk_id > $1 AND delivered_at IS NOT NULL AND EXISTS (SELECT FROM batches b WHERE b.chunk_id = c.chunk_id)
     ORDER BY chunk_id`,
    [after],
  );
  const clicks = rows.reduce((sum, { click_count: count }) => sum + count, 0);
  const plan: RebuildPlan = {
    runs: runsOf(rows, clicks),
    parts: [],
    clicks,
    upTo: rows.at(-1)?.chunk_id ?? after,
  };
  const split = rows.filter((row) => row.is_split).map((row) => row.chunk_id);
  if (split.length > 0) {
    const { rows: parts } = await query<{ chunk_id: number; part_id: number }>(
      `SELECT chunk_id, part_id FROM chunk_parts WHERE state = 'delivered' AND chunk_id = ANY ($1) ORDER BY part_id`,
      [split],
    );
    plan.parts = parts.map((row) => ({ chunkId: row.chunk_id, partId: row.part_id }));
  }
  return plan;
}

/** Neighbouring chunks, in order, put together; those that were split are left out. */
export function runsOf(chunks: readonly PlannedChunk[], clicksTotal: number): ChunkRun[] {
  const clicksMax = Math.min(RUN_CLICKS_MAX, Math.max(RUN_CLICKS_MIN, clicksTotal / RUNS_MIN));
  const runs: ChunkRun[] = [];
  let run: ChunkRun | null = null;
  for (const { chunk_id: id, click_count: clicks, is_split: isSplit } of chunks) {
    if (isSplit) run = null;
    else if (run && run.clicks + clicks <= clicksMax) {
      run.last = id;
      run.clicks += clicks;
    } else {
      run = { first: id, last: id, clicks };
      runs.push(run);
    }
  }
  return runs;
}

/** The oldest chunk that the ledger has whole; the ones before it were dropped by retention. Null when there is none. */
export async function firstKeptChunk(database: pg.ClientBase): Promise<number | null> {
  const { rows } = await database.query<{ first: number | null }>(
    'SELECT min(chunk_id) AS first FROM batches WHERE chunk_id IS NOT NULL',
  );
  return rows[0]?.first ?? null;
}
