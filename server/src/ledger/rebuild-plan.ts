import type pg from 'pg';
import { EVENT_KINDS, type EventKind } from '../click/event-kinds.js';
import { KINDS } from './event-kinds.js';
import { readWatermark } from './retention.js';

/** Neighboring chunks whose events of one kind are loaded with one insert. */
export interface ChunkRun {
  kind: EventKind;
  first: number;
  last: number;
  /** Rows that they make. */
  rows: number;
  /** Clicks among them. */
  clicks: number;
}

/** Which chunks of the ledger a rebuild reads. */
export interface RebuildPlan {
  /** The chunks after this one are read. */
  after: number;
  /** Clicks of all of them; of single months an estimate by the number of chunks. */
  clicks: number;
}

/** The next chunks of a rebuild. */
export interface RebuildPage {
  runs: ChunkRun[];
  /** Delivered parts of chunks that analytics refused as a whole. */
  parts: { kind: EventKind; chunkId: number; partId: number }[];
  /** The last chunk of the page. */
  upTo: number;
}

/** Events of one kind in a chunk, and whether its parts are loaded one by one. */
interface PlannedChunk {
  chunk_id: number;
  rows: number;
  clicks: number;
  is_split: boolean;
}

/** Rows of a run. Larger ones load faster and take more memory; but whoever waits should see how far it is. */
const RUN_ROWS_MIN = 50_000;
const RUN_ROWS_MAX = 250_000;
/** Of many clicks, at least so many runs. */
const RUNS_MIN = 20;
/** Chunks of one page: a ledger of 400 days has 30 million, which neither a statement nor an array should hold. */
export const PAGE_CHUNKS_MAX = 5_000;
/** A click may be in a batch that came in up to five minutes before it, by the clocks (`LIMITS.clockSkewMsMax`). */
const EARLY = `interval '1 day'`;

type Database = Pick<pg.ClientBase, 'query'>;

/**
 * Plans a rebuild: every chunk that the ledger has whole or, for some months, every such chunk from the first that may have clicks of them.
 *
 * @param fromMs start of the first month, in milliseconds since 1970; null for everything
 */
export async function planRebuild(database: Database, fromMs: number | null): Promise<RebuildPlan> {
  const { droppedThroughChunk } = await readWatermark(database);
  const first = fromMs === null ? null : await firstChunkSince(database, fromMs);
  const after = Math.max(droppedThroughChunk, (first ?? 0) - 1);
  const { rows } = await database.query<{ clicks: number; newest: number | null }>(
    `SELECT t.clicks - w.dropped_clicks - (
         SELECT coalesce(sum(click_count), 0) FROM chunks WHERE chunk_id <= w.dropped_through_chunk
       )::bigint AS clicks, (SELECT max(chunk_id) FROM chunks) AS newest
     FROM ledger_totals t, retention_watermark w`,
  );
  const { clicks = 0, newest = null } = rows[0] ?? {};
  const share = newest === null ? 0 : (newest - after) / Math.max(1, newest - droppedThroughChunk);
  return { after, clicks: Math.max(0, Math.round(clicks * share)) };
}

/** The first chunk with a batch of the day before this moment, or of a later one; null when there is none. */
async function firstChunkSince(database: Database, ms: number): Promise<number | null> {
  const { rows } = await database.query<{ first: number | null }>(
    `SELECT min(chunk_id) AS first FROM batches
     WHERE chunk_id IS NOT NULL AND received_at >= date_trunc('day', $1::timestamptz - ${EARLY}, 'UTC')`,
    [new Date(ms)],
  );
  return rows[0]?.first ?? null;
}

/** The newest chunk that analytics has; 0 before the first. */
export async function newestDelivered(database: Database): Promise<number> {
  const { rows } = await database.query<{ chunk_id: number }>(
    'SELECT chunk_id FROM chunks WHERE delivered_at IS NOT NULL ORDER BY chunk_id DESC LIMIT 1',
  );
  return rows[0]?.chunk_id ?? 0;
}

/**
 * The delivered chunks after `after`, up to and with `upTo`, as many as make a page; null when there are none.
 *
 * @param clicksTotal clicks of the whole rebuild, by which runs are sized
 */
export async function readRebuildPage(
  database: Database,
  { after, upTo, clicksTotal }: { after: number; upTo: number; clicksTotal: number },
): Promise<RebuildPage | null> {
  const counts = EVENT_KINDS.map(
    (kind) => `(${KINDS[kind].rows})::float8 AS ${kind},
       EXISTS (SELECT FROM chunk_parts p WHERE p.chunk_id = c.chunk_id AND p.kind = '${kind}') AS ${kind}_are_split`,
  );
  const { rows } = await database.query<Record<string, number | boolean> & { chunk_id: number }>(
    `SELECT chunk_id, click_count, ${counts.join(', ')}
     FROM chunks c
     WHERE chunk_id > $1 AND chunk_id <= $2 AND delivered_at IS NOT NULL ORDER BY chunk_id LIMIT $3`,
    [after, upTo, PAGE_CHUNKS_MAX],
  );
  const last = rows.at(-1);
  if (!last) return null;
  const { rows: parts } = await database.query<RebuildPage['parts'][number]>(
    `SELECT kind, chunk_id AS "chunkId", part_id AS "partId" FROM chunk_parts
     WHERE state = 'delivered' AND chunk_id BETWEEN $1 AND $2 ORDER BY part_id`,
    [rows[0]?.chunk_id, last.chunk_id],
  );
  const runs = EVENT_KINDS.flatMap((kind) =>
    runsOf(
      kind,
      rows.map((row) => ({
        chunk_id: row.chunk_id,
        rows: Number(row[kind]),
        clicks: kind === 'clicks' ? Number(row.click_count) : 0,
        is_split: row[`${kind}_are_split`] === true,
      })),
      clicksTotal,
    ),
  );
  return { runs, parts, upTo: last.chunk_id };
}

/** Neighboring chunks, in order, put together; those that were split or have nothing of the kind are left out. */
export function runsOf(kind: EventKind, chunks: readonly PlannedChunk[], clicksTotal: number): ChunkRun[] {
  const rowsMax = Math.min(RUN_ROWS_MAX, Math.max(RUN_ROWS_MIN, clicksTotal / RUNS_MIN));
  const runs: ChunkRun[] = [];
  let run: ChunkRun | null = null;
  for (const { chunk_id: id, rows, clicks, is_split: isSplit } of chunks) {
    if (isSplit) run = null;
    else if (rows === 0) continue;
    else if (run && run.rows + rows <= rowsMax) {
      run.last = id;
      run.rows += rows;
      run.clicks += clicks;
    } else {
      run = { kind, first: id, last: id, rows, clicks };
      runs.push(run);
    }
  }
  return runs;
}
