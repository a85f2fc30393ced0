import type pg from 'pg';
import { sleep } from './backoff.js';

/**
 * Every advisory lock of the ledger. SQL can't read this list: a file of functions names the numbers that it takes in a comment,
 * `-- Locks: …`, and a test holds both languages to it.
 */
export const LOCKS = {
  migrations: 727_000,
  /** Shared by every append; alone for the turn of a generation of click ids. */
  appends: 727_001,
  /** For as long as a relay leads. */
  relay: 727_002,
  analyticsMigrations: 727_003,
  /** Making and dropping partitions. */
  partitions: 727_004,
  /** Stamping a chunk. */
  chunks: 727_005,
  /** Of a tenant: adding a version of its fraud rules. */
  fraudRules: 727_006,
  /** A turn of the rules that look back. */
  lookBack: 727_007,
  /** Adjusting verdicts, and closing the period that they count in. */
  adjustments: 727_008,
  /** Of a tenant: changing its members. */
  members: 727_015,
  /** Adding a tenant: its id is counted on from the highest. */
  tenants: 727_016,
  /** Of a tenant: closing a month, and changing the settings that it is closed with. */
  billing: 727_021,
  /** Of a tenant: making the statements of a month. */
  statements: 727_022,
  /** A turn of taking away personal data that has outlived its time. */
  personalDataRetention: 727_023,
  /** A turn of raising alerts. */
  alerts: 727_024,
  /** Alone for a rebuild of analytics, shared by those who take personal data away: a rebuild would bring back what it read before. */
  personalData: 727_025,
  /** Of a tenant, see `erasureLock`. */
  erasures: 727_026,
  /** Of a tenant: registering actions of conversions. */
  conversionActions: 727_031,
  /** Of a tenant: making links, and giving it host names for them. */
  links: 727_060,
  /** Of a tenant: making keys. */
  apiKeys: 727_053,
} as const;

/** One erasure of a tenant at a time. */
export const erasureLock = (tenantId: number): number => LOCKS.erasures * 1_000_000 + tenantId;

const LOCK_POLL_MS = 100;

/** An advisory lock of the ledger, held by a session of its own: it ends with the session, whatever becomes of this process. */
export interface HeldLock {
  /** Takes another lock in the same session, alone; false when somebody has it. */
  also(lock: number): Promise<boolean>;
  /** @throws when the lock was lost, with its session */
  check(): Promise<void>;
  /** Resolves when others can take what this session held. Never rejects. */
  release(): Promise<void>;
}

/**
 * Takes an advisory lock, or returns `null` when another session has it.
 *
 * @param lock one of `LOCKS`
 * @param how `shared`: several may hold it, nobody alone
 * @throws a connection error
 */
export async function tryLock(
  pool: pg.Pool,
  lock: number,
  how: 'alone' | 'shared' = 'alone',
): Promise<HeldLock | null> {
  const session = await pool.connect();
  try {
    if (!(await tryLockIn(session, lock, how))) {
      session.release();
      return null;
    }
  } catch (error) {
    session.release(true);
    throw error;
  }
  return {
    also: (other) => tryLockIn(session, other),
    check: async () => void (await session.query('SELECT 1')),
    release: () => unlock(session),
  };
}

/** Gives back all that a session holds, and the session to its pool. One that does not answer is closed: its locks end with it. */
async function unlock(session: pg.PoolClient): Promise<void> {
  try {
    await session.query('SELECT pg_advisory_unlock_all()');
    session.release();
  } catch {
    session.release(true);
  }
}

/** Takes an advisory lock for a session; false when another one has it. */
export async function tryLockIn(
  session: pg.ClientBase,
  lock: number,
  how: 'alone' | 'shared' = 'alone',
): Promise<boolean> {
  const suffix = how === 'shared' ? '_shared' : '';
  const { rows } = await session.query<{ held: boolean }>(
    `SELECT pg_try_advisory_lock${suffix}($1) AS held`,
    [lock],
  );
  return rows[0]?.held === true;
}

/** Takes an advisory lock for a session, and its limits on statements away: for what may take long. */
export async function waitForLock(session: pg.ClientBase, lock: number): Promise<void> {
  await session.query('SET statement_timeout = 0');
  // Asked for again and again, each time within the usual limits: one long wait whose answer gets lost would hold the lock, and with
  // it every start, for as long as it waits (found by the fault test).
  while (!(await tryLockIn(session, lock))) await sleep(LOCK_POLL_MS);
}

/** Waits for an advisory lock, of the whole ledger or of one tenant, and holds it until the transaction ends. */
export async function lockTransaction(
  client: Pick<pg.ClientBase, 'query'>,
  lock: number,
  tenantId?: number,
): Promise<void> {
  await (tenantId === undefined
    ? client.query('SELECT pg_advisory_xact_lock($1)', [lock])
    : client.query('SELECT pg_advisory_xact_lock($1, $2)', [lock, tenantId]));
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
    await held.release();
  }
}
