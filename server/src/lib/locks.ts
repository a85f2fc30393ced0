import type pg from 'pg';

/**
 * Runs work while this process holds an advisory lock of the ledger; `null`, and no work, when another session has it. The lock
 * lives in a session of its own, which ends with the work: whatever went wrong, nobody else waits for it.
 *
 * @param lock a number of its own; all of them begin with 727
 * @throws what the work throws, or a connection error
 */
export async function underLock<T>(pool: pg.Pool, lock: number, work: () => Promise<T>): Promise<T | null> {
  const session = await pool.connect();
  try {
    const { rows } = await session.query<{ held: boolean }>('SELECT pg_try_advisory_lock($1) AS held', [
      lock,
    ]);
    return rows[0]?.held ? await work() : null;
  } finally {
    session.release(true);
  }
}
