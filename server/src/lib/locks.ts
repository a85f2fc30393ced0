import type pg from 'pg';

/** An advisory lock of the ledger, held by a session of its own: it ends with the session, whatever becomes of this process. */
export interface HeldLock {
  /** Takes another lock in the same session, alone; false when somebody has it. */
  also(lock: number): Promise<boolean>;
  /** @throws when the lock was lost, with its session */
  check(): Promise<void>;
  release(): void;
}

/**
 * Takes an advisory lock, or returns `null` when another session has it.
 *
 * @param lock a number of its own; all of them begin with 727
 * @param how `shared`: several may hold it, nobody alone
 * @throws a connection error
 */
export async function tryLock(
  pool: pg.Pool,
  lock: number,
  how: 'alone' | 'shared' = 'alone',
): Promise<HeldLock | null> {
  const session = await pool.connect();
  const take = async (mode: typeof how, wanted: number): Promise<boolean> => {
    const suffix = mode === 'shared' ? '_shared' : '';
    const { rows } = await session.query<{ held: boolean }>(
      `SELECT pg_try_advisory_lock${suffix}($1) AS held`,
      [wanted],
    );
    return rows[0]?.held === true;
  };
  let isHeld = false;
  try {
    isHeld = await take(how, lock);
  } finally {
    if (!isHeld) session.release(true);
  }
  if (!isHeld) return null;
  return {
    also: (other) => take('alone', other),
    check: async () => void (await session.query('SELECT 1')),
    release: () => session.release(true),
  };
}

/**
 * Runs work while this process holds an advisory lock of the ledger; `null`, and no work, when another session has it.
 *
 * @throws what the work throws, or a connection error
 */
export async function underLock<T>(pool: pg.Pool, lock: number, work: () => Promise<T>): Promise<T | null> {
  const held = await tryLock(pool, lock);
  if (!held) return null;
  try {
    return await work();
  } finally {
    held.release();
  }
}
