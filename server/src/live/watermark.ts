import type pg from 'pg';

/** The newest chunk that analytics has; 0 before the first. Chunks are delivered in order, so all before it are there too. */
export async function readChunkMark(pool: pg.Pool): Promise<number> {
  const { rows } = await pool.query<{ chunk_id: number }>({
    name: 'chunk_mark',
    text: 'SELECT chunk_id FROM chunks WHERE delivered_at IS NOT NULL ORDER BY chunk_id DESC LIMIT 1',
  });
  return rows[0]?.chunk_id ?? 0;
}
