import type pg from 'pg';
import { LOCKS, waitForLock } from '../lib/locks.js';
import { planUpgrade, readSchema } from '../lib/schema.js';

/** A migration may rewrite a table, and the others wait for it as long. */
const MIGRATION_MS_MAX = 3_600_000;
const SCHEMA = readSchema({
  store: 'the ledger',
  folder: new URL('./schema/', import.meta.url),
  code: 'functions',
  beforeBaseline: [
    ...[
      1, 2, 3, 4, 5, 7, 8, 9, 15, 20, 21, 22, 25, 30, 31, 41, 46, 47, 53, 54, 55, 58, 59, 60, 61, 69, 70, 71,
    ],
    ...[80, 81, 83, 90],
  ],
});

/**
 * Gives the ledger this release's schema, in one transaction and under a lock, so that several nodes may start at once.
 *
 * @throws UnsupportedSchema
 */
export async function migrateLedger(pool: pg.Pool): Promise<void> {
  const client = await pool.connect();
  try {
    await waitForLock(client, LOCKS.migrations);
    await client.query(
      `CREATE TABLE IF NOT EXISTS schema_migrations (
         version integer PRIMARY KEY, name text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())`,
    );
    const { rows } = await client.query<{ version: number }>('SELECT version FROM schema_migrations');
    const { sql, versions } = planUpgrade(
      SCHEMA,
      rows.map(({ version }) => version),
    );
    await client.query('BEGIN');
    for (const text of sql) await client.query({ text, query_timeout: MIGRATION_MS_MAX } as pg.QueryConfig);
    for (const { version, name } of versions)
      await client.query('INSERT INTO schema_migrations (version, name) VALUES ($1, $2)', [version, name]);
    await client.query('COMMIT');
  } finally {
    // Ends the session, and with it the lock and what is not committed, whatever state it is in.
    client.release(true);
  }
}
