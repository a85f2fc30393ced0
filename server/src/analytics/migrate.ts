import type { ClickHouseClient } from '@clickhouse/client';
import type pg from 'pg';
import { LOCKS, waitForLock } from '../lib/locks.js';
import { planUpgrade, readSchema } from '../lib/schema.js';
import { type ClickHouseTarget, DATABASE, openAnalytics } from './client.js';

const SCHEMA = readSchema({
  store: 'analytics',
  folder: new URL('./schema/', import.meta.url),
  code: 'views',
  beforeBaseline: [1, 2, 3, 4, 5, 6, 13],
});

/** Migrates analytics under the ledger's lock for it, so that of several nodes starting one does it and the others wait. */
export async function migrateAnalyticsOnce(
  pool: pg.Pool,
  target: ClickHouseTarget,
  client: ClickHouseClient,
): Promise<void> {
  const session = await pool.connect();
  const server = openAnalytics(target, 'default');
  try {
    await waitForLock(session, LOCKS.analyticsMigrations);
    await migrateAnalytics(server, client);
  } finally {
    session.release(true);
    await server.close();
  }
}

/**
 * Makes the database and gives it this release's schema. The caller holds the ledger's lock, so that one node at a time does it.
 * ClickHouse has no transactions over DDL: what stops halfway runs again from its beginning.
 *
 * @param server a client of the `default` database, which always exists
 * @param client one of `database`
 * @throws UnsupportedSchema
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
  const applied = await result.json<{ version: number }>();
  const { sql, versions } = planUpgrade(
    SCHEMA,
    applied.map(({ version }) => version),
  );
  for (const text of sql)
    for (const statement of text.split(/^--;$/m))
      if (statement.trim() !== '') await client.command({ query: statement });
  for (const { version, name } of versions)
    await client.command({
      query: 'INSERT INTO schema_migrations (version, name) SELECT {version:UInt32}, {name:String}',
      query_params: { version, name },
    });
}
