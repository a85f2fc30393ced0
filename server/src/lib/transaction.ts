import type pg from 'pg';

/** Does the work in one transaction: all of it is committed, or nothing. */
export async function inTransaction<T>(
  pool: pg.Pool,
  work: (client: pg.PoolClient) => Promise<T>,
): Promise<T> {
  const client = await pool.connect();
  try {
    await client.query('BEGIN');
    const result = await work(client);
    await client.query('COMMIT');
    client.release();
    return result;
  } catch (error) {
    // The transaction's state is unknown: end the session, which rolls it back.
    client.release(true);
    throw error;
  }
}
