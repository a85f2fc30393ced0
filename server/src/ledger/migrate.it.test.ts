import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openAnalytics } from '../analytics/client.js';
import { migrateAnalyticsOnce } from '../analytics/migrate.js';
import { type EmbeddedClickHouse, startEmbeddedClickHouse } from '../embedded/clickhouse/start.js';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../embedded/postgres/start.js';
import { LOCKS } from '../lib/locks.js';
import { silentLog } from '../lib/log.js';
import { UnsupportedSchema } from '../lib/schema.js';
import { convert } from '../testing/conversions.js';
import { statementsLike } from '../testing/statements.js';
import { until } from '../testing/wait.js';
import { openLedger } from './database.js';
import { makePartitions } from './maintain.js';
import { migrateLedger } from './migrate.js';

const NODES = 3;
const dataDir = mkdtempSync(join(tmpdir(), 'clickledger-test-'));
let postgres: EmbeddedPostgres;
let engine: EmbeddedClickHouse;
let pools: pg.Pool[];
beforeAll(async () => {
  const options = { dataDir, password: 'of-this-test', log: silentLog };
  [postgres, engine] = await Promise.all([startEmbeddedPostgres(options), startEmbeddedClickHouse(options)]);
  pools = Array.from({ length: NODES }, () => openLedger(postgres.connection, silentLog));
});
afterAll(async () => {
  for (const pool of pools ?? []) await pool.end();
  await engine?.stop();
  await postgres?.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

/** What a store notes that was made by this code. */
const versionsOf = (store: string) => [
  '0100_baseline',
  ...readdirSync(new URL(`../${store}/schema/migrations/`, import.meta.url))
    .filter((name) => name.endsWith('.sql'))
    .map((name) => name.replace('.sql', ''))
    .sort(),
];
const migrateAll = (node: number) => {
  const client = openAnalytics(engine);
  return migrateAnalyticsOnce(pools[node] as pg.Pool, engine, client).finally(() => client.close());
};

async function notedInAnalytics(): Promise<string[]> {
  const client = openAnalytics(engine);
  const result = await client.query({
    query: 'SELECT name FROM schema_migrations ORDER BY version',
    format: 'JSONEachRow',
  });
  const rows = await result.json<{ name: string }>();
  await client.close();
  return rows.map(({ name }) => name);
}

it('several nodes that start at once on empty stores make each table once', async () => {
  await Promise.all(pools.map((pool) => migrateLedger(pool)));
  await Promise.all(pools.map((_, node) => migrateAll(node)));
  const ledger = await pools[0]?.query('SELECT name FROM schema_migrations ORDER BY version');
  expect(ledger?.rows.map(({ name }) => name)).toEqual(versionsOf('ledger'));
  // A second row of one migration would be a second run of it.
  expect(await notedInAnalytics()).toEqual(versionsOf('analytics'));
});

it('a node waits for another’s migration longer than any statement may take', async () => {
  const impatient = new pg.Pool({
    ...postgres.connection,
    statement_timeout: 100,
    query_timeout: 300,
    max: 1,
  });
  const other = await (pools[0] as pg.Pool).connect();
  await other.query('SELECT pg_advisory_lock($1)', [LOCKS.migrations]);
  let isDone = false;
  const waiting = migrateLedger(impatient).then(() => {
    isDone = true;
  });
  // It asks every 100 ms, so it has waited three times as long as a statement may take.
  const asked = statementsLike(/pg_try_advisory_lock/);
  await until(asked.count, (times) => times > 10 || isDone);
  asked.stop();
  expect(isDone).toBe(false);
  other.release(true);
  await waiting;
  await impatient.end();
});

// The schema of these stores is the baseline's; what they note is what the last builds before it noted.
const BEFORE = {
  ledger: [
    ...[
      1, 2, 3, 4, 5, 7, 8, 9, 15, 20, 21, 22, 25, 30, 31, 41, 46, 47, 53, 54, 55, 58, 59, 60, 61, 69, 70, 71,
    ],
    ...[80, 81, 83, 90],
  ],
  analytics: [1, 2, 3, 4, 5, 6, 13],
};

it('a ledger of the last build before the baseline goes on with what it has; of an earlier build it is refused', async () => {
  await pools[0]?.query('CREATE DATABASE before_baseline');
  const pool = openLedger({ ...postgres.connection, database: 'before_baseline' }, silentLog);
  pools.push(pool);
  for (const file of readdirSync(new URL('schema/tables/', import.meta.url)).sort())
    await pool.query(readFileSync(new URL(`schema/tables/${file}`, import.meta.url), 'utf8'));
  await pool.query('CREATE TABLE schema_migrations (version integer PRIMARY KEY, name text NOT NULL)');
  await pool.query(`INSERT INTO tenants (tenant_id, slug, name) VALUES (2, 'kept', 'Kept')`);
  // A day of its clicks, of which one batch is not delivered.
  for (const table of ['batches', 'click_events'])
    await pool.query(
      `CREATE TABLE ${table}_20250103 PARTITION OF ${table} FOR VALUES FROM ('2025-01-03 00:00Z') TO ('2025-01-04 00:00Z')`,
    );
  await pool.query(
    `INSERT INTO batches (batch_id, received_at, click_count, fraud_count) VALUES (nextval('batch_ids'), '2025-01-03 10:00Z', 5, 1)`,
  );
  await pool.query('CREATE FUNCTION append_batch(integer) RETURNS void LANGUAGE sql AS $$ $$');
  const note = async (versions: number[]) => {
    await pool.query('DELETE FROM schema_migrations');
    await pool.query('INSERT INTO schema_migrations (version, name) SELECT unnest($1::integer[]), $2', [
      versions,
      'old',
    ]);
  };
  await note(BEFORE.ledger.slice(0, -1));
  await expect(migrateLedger(pool)).rejects.toThrow(
    /schema of the ledger is at version 83, from before .* commit [0-9a-f]{7} once, then this one/,
  );
  expect((await pool.query('SELECT max(version) AS newest FROM schema_migrations')).rows).toEqual([
    { newest: 83 },
  ]);
  await note(BEFORE.ledger);
  await migrateLedger(pool);
  const { rows } = await pool.query<{ name: string }>(
    `SELECT name FROM schema_migrations WHERE name <> 'old' ORDER BY version`,
  );
  expect(rows.map(({ name }) => name)).toEqual(versionsOf('ledger'));
  expect((await pool.query(`SELECT FROM tenants WHERE slug = 'kept'`)).rowCount).toBe(1);
  expect((await pool.query(`SELECT FROM pg_proc WHERE proname = 'append_batch'`)).rowCount).toBe(0);

  // What it had goes on, and conversions go with it.
  await makePartitions(pool);
  expect(await convert(pool)).toMatchObject({ isDuplicate: false, refusal: null });
  await pool.query('SELECT stamp_chunk(5000, 50000)');
  const chunks = await pool.query('SELECT click_count, fraud_count, conversion_count FROM chunks');
  expect(chunks.rows).toEqual([{ click_count: 5, fraud_count: 1, conversion_count: 1 }]);
  await pool.query('UPDATE chunks SET delivered_at = now()');
  // An old day has no table of conversions.
  expect((await pool.query('SELECT drop_oldest_day(30)::text AS day')).rows).toEqual([{ day: '2025-01-03' }]);
  expect((await pool.query('SELECT FROM conversions')).rowCount).toBe(1);
});

it('and so are analytics', async () => {
  const client = openAnalytics(engine);
  await client.command({ query: 'INSERT INTO dropped_months (month) VALUES (202501)' });
  const note = async (versions: number[]) => {
    await client.command({ query: 'TRUNCATE TABLE schema_migrations' });
    await client.command({
      query: `INSERT INTO schema_migrations (version, name) SELECT arrayJoin({versions:Array(UInt32)}), 'old'`,
      query_params: { versions },
    });
  };
  await note(BEFORE.analytics.slice(0, -1));
  await expect(migrateAll(0)).rejects.toThrow(/schema of analytics is at version 6, from before/);
  await note(BEFORE.analytics);
  await migrateAll(0);
  expect((await notedInAnalytics()).filter((name) => name !== 'old')).toEqual(versionsOf('analytics'));
  const kept = await client.query({ query: 'SELECT month FROM dropped_months', format: 'JSONEachRow' });
  expect(await kept.json()).toEqual([{ month: 202501 }]);
  await client.close();
});

it('a schema that is newer than the code is refused, and the message says so', async () => {
  const pool = pools[0] as pg.Pool;
  await pool.query(`INSERT INTO schema_migrations (version, name) VALUES (9999, '9999_future.sql')`);
  const failure = await migrateLedger(pool).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(UnsupportedSchema);
  expect(String(failure)).toMatch(
    /schema of the ledger is at version 9999, this release knows \d+\. Start a newer one/,
  );

  const client = openAnalytics(engine);
  await client.command({
    query: `INSERT INTO schema_migrations (version, name) VALUES (9999, '9999_future.sql')`,
  });
  await expect(migrateAll(0)).rejects.toBeInstanceOf(UnsupportedSchema);
  await client.close();
});
