import type pg from 'pg';
import type { Background, Loop } from '../lib/background.js';
import { dropExpiredAccess } from './sessions.js';

/** Partitions are made a week ahead, so that a week of failing maintenance stops nothing. */
const DAYS_AHEAD = 7;
const INTERVAL_MS = 10 * 60_000;

/** Makes partitions ahead, turns the generation of click ids, drops what retention has passed. Safe to run at any time. */
export async function maintainLedger(
  pool: pg.Pool,
  options: { dedupWindowDays: number; retentionDays: number },
): Promise<void> {
  await pool.query('SELECT make_partitions($1)', [DAYS_AHEAD]);
  await dropExpiredAccess(pool);
  await pool.query('SELECT turn_generation($1)', [options.dedupWindowDays]);
  // Clicks of a month that is still to be closed stay, however old.
  await pool.query('SELECT drop_old_partitions(greatest($1, days_to_be_billed()))', [options.retentionDays]);
}

/** Maintains the ledger every ten minutes. */
export const keepMaintaining = (
  pool: pg.Pool,
  options: { dedupWindowDays: number; retentionDays: number },
  background: Background,
): Loop =>
  background.every(
    { name: 'ledger maintenance', failure: 'maintenance of the ledger failed; it is tried again' },
    { everyMs: INTERVAL_MS },
    () => maintainLedger(pool, options),
  );
