import type pg from 'pg';

/** How far retention has come: what lies before it the ledger no longer has whole. */
export interface Watermark {
  /** Start of the first day of receipt that is kept, in milliseconds since 1970; 0 when nothing was dropped. */
  keptFromMs: number;
  /** This chunk and the ones before it have lost batches; 0 when none has. */
  droppedThroughChunk: number;
}

export async function readWatermark(database: Pick<pg.ClientBase, 'query'>): Promise<Watermark> {
  const { rows } = await database.query<Watermark>(
    `SELECT (extract(epoch FROM kept_from) * 1000)::bigint AS "keptFromMs", dropped_through_chunk AS "droppedThroughChunk"
     FROM retention_watermark`,
  );
  return rows[0] ?? { keptFromMs: 0, droppedThroughChunk: 0 };
}
