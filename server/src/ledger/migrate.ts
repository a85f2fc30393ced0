import { readdirSync, readFileSync } from 'node:fs';
import type pg from 'pg';
import { sleep } from '../lib/backoff.js';

/** Any constant: one migration at a time, whoever starts. */
const LOCK = 727_000;
/** A migration may rewrite a table, and the others wait for it as long. */
const MIGRATION_MS_MAX = 3_600_000;
const LOCK_POLL_MS = 100;
const FOLDER = new URL('./migrations/', import.meta.url);

/** The schema was made by a newer release than this one. */
export class SchemaTooNew extends Error {
  override name = 'SchemaTooNew';
}

/** The numbered `.sql` files of a folder, in order. */
export function readMigrations(folder: URL): { version: number; name: string; sql: string }[] {
  return readdirSync(folder)
    .filter((name) => /^\d{4}_.+\.sql$/.test(name))
    .sort()
    .map((name) => ({
      version: Number(name.slice(0, 4)),
      name,
      sql: readFileSync(new URL(name, folder), 'utf8'),
    }));
}

/** Takes a lock of the whole ledger for this session, and its limits on statements away: for what may take long. */
export async function waitForLock(session: pg.ClientBase, lock: number): Promise<void> {
  await session.query('SET statement_timeout = 0');
  // Asked for again and again, each time within the usual limits: one long wait whose answer gets lost would hold the lock, and with
  // it every start, for as long as it waits (found by the fault test).
  for (;;) {
    const { rows } = await session.query<{ held: boolean }>('SELECT pg_try_advisory_lock($1) AS held', [
      lock,
    ]);
    if (rows[0]?.held) return;
    await sleep(LOCK_POLL_MS);
  }
}

/** Applies, each in a transaction, the migrations that were not applied yet; under a lock, so that several may start at once. */
export async function migrateLedger(pool: pg.Pool): Promise<void> {
  const client = await pool.connect();
  try {
    await waitForLock(client, LOCK);
    await client.query(
      `CREATE TABLE IF NOT EXISTS schema_migrations (
         version integer PRIMARY KEY, name text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())`,
    );
    const { rows } = await client.query<{ version: number }>('SELECT version FROM schema_migrations');
    const applied = new Set(rows.map((row) => row.version));
    const migrations = readMigrations(FOLDER);
    const newest = migrations.at(-1)?.version ?? 0;
    const tooNew = [...applied].find((version) => version > newest);
    if (tooNew !== undefined)
      throw new SchemaTooNew(
        `The ledger's schema is at version ${tooNew}, this release knows ${newest}. Start a newer one.`,
      );
    for (const { version, name, sql } of migrations) {
      if (applied.has(version)) continue;
      await client.query('BEGIN');
      try {
        await client.query({ text: sql, query_timeout: MIGRATION_MS_MAX } as pg.QueryConfig);
        await client.query('INSERT INTO schema_migrations (version, name) VALUES ($1, $2)', [version, name]);
        await client.query('COMMIT');
      } catch (error) {
        await client.query('ROLLBACK');
        throw error;
      }
    }
  } finally {
    // Ends the session, and with it the lock, whatever state it is in.
    client.release(true);
  }
}
