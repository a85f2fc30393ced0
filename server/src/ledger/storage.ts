import type pg from 'pg';

/** What the ledger takes on disk, and its daily partitions. Asks the file system for each table: not every second. */
export async function readLedgerStorage(pool: pg.Pool): Promise<{ bytes: number; partitions: number }> {
  const { rows } = await pool.query<{ bytes: number; partitions: number }>(
    `SELECT pg_database_size(current_database()) AS bytes,
            (SELECT count(*) FROM pg_inherits WHERE inhparent = 'click_events'::regclass) AS partitions`,
  );
  return rows[0] ?? { bytes: 0, partitions: 0 };
}

/** The newest chunk that analytics has, and when it got it; nulls before the first. */
export async function readLastDelivery(
  pool: pg.Pool,
): Promise<{ chunkId: number | null; deliveredAt: string | null }> {
  const { rows } = await pool.query<{ chunkId: number; deliveredAt: string }>(
    `SELECT chunk_id AS "chunkId", to_char(delivered_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS "deliveredAt"
     FROM chunks WHERE delivered_at IS NOT NULL ORDER BY chunk_id DESC LIMIT 1`,
  );
  return rows[0] ?? { chunkId: null, deliveredAt: null };
}
