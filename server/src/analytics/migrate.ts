import type { ClickHouseClient } from '@clickhouse/client';
import type pg from 'pg';
import { readMigrations, SchemaTooNew, waitForLock } from '../ledger/migrate.js';
import { type ClickHouseTarget, DATABASE, openAnalytics } from './client.js';

/** In the ledger: it has locks, and every node reaches it. */
const LOCK = 727_003;
const FOLDER = new URL('./migrations/', import.meta.url);

/** Migrates analytics under the ledger's lock for it, so that of several nodes starting one does it and the others wait. */
export async function migrateAnalyticsOnce(
  pool: pg.Pool,
  target: ClickHouseTarget,
  client: ClickHouseClient,
): Promise<void> {
  const session = await pool.connect();
  const server = openAnalytics(target, 'default');
  try {
    await waitForLock(session, LOCK);
    await migrateAnalytics(server, client);
  } finally {
    session.release(true);
    await server.close();
  }
}

/**
 * Makes the database and applies the migrations not applied yet. The caller holds the ledger's lock, so that one node
 * at a time does it. ClickHouse has no transactions over DDL: each statement may run twice.
 *
 * @param server a client of the `default` database, which always exists
 * @param client one of `database`
 */
export async function migrateAnalytics(
  server: ClickHouseClient,
  client: ClickHouseClient,
  database = DATABASE,
): Promise<void> {
  await server.command({ query: `CREATE DATABASE IF NOT EXISTS ${database}` });
  await client.command({
    query: `CREATE TABLE IF NOT EXISTS schema_migrations (version UInt32, name String, applied_at DateTime DEFAULT now())
            ENGINE = MergeTree ORDER BY version`,
  });
  const result = await client.query({
    query: 'SELECT version FROM schema_migrations',
    format: 'JSONEachRow',
  });
  const applied = new Set((await result.json<{ version: number }>()).map((row) => row.version));
  const migrations = readMigrations(FOLDER);
  const newest = migrations.at(-1)?.version ?? 0;
  const tooNew = [...applied].find((version) => version > newest);
  if (tooNew !== undefined)
    throw new SchemaTooNew(
      `The analytics schema is at version ${tooNew}, this release knows ${newest}. Start a newer one.`,
    );
  for (const { version, name, sql } of migrations) {
    if (applied.has(version)) continue;
    for (const statement of sql.split(/^--;$/m))
      if (statement.trim() !== '') await client.command({ query: statement });
    await client.command({
      query: 'INSERT INTO schema_migrations (version, name) SELECT {version:UInt32}, {name:String}',
      query_params: { version, name },
    });
  }
}
