import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openAnalytics } from '../analytics/client.js';
import { migrateAnalyticsOnce } from '../analytics/migrate.js';
import { type EmbeddedClickHouse, startEmbeddedClickHouse } from '../embedded/clickhouse/start.js';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../embedded/postgres/start.js';
import { silentLog } from '../lib/log.js';
import { openLedger } from './database.js';
import { migrateLedger, SchemaTooNew } from './migrate.js';

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

const filesOf = (store: string) =>
  readdirSync(new URL(`../${store}/migrations/`, import.meta.url)).filter((name) => name.endsWith('.sql'));
const migrateAll = (node: number) => {
  const client = openAnalytics(engine);
  return migrateAnalyticsOnce(pools[node] as pg.Pool, engine, client).finally(() => client.close());
};

it('several nodes that start at once on empty stores make each table once', async () => {
  await Promise.all(pools.map((pool) => migrateLedger(pool)));
  await Promise.all(pools.map((_, node) => migrateAll(node)));
  const ledger = await pools[0]?.query('SELECT name FROM schema_migrations ORDER BY version');
  expect(ledger?.rows.map(({ name }) => name)).toEqual(filesOf('ledger').sort());
  const client = openAnalytics(engine);
  const applied = await client.query({
    query: 'SELECT name FROM schema_migrations ORDER BY version',
    format: 'JSONEachRow',
  });
  // A second row of one migration would be a second run of it.
  expect((await applied.json<{ name: string }>()).map(({ name }) => name)).toEqual(
    filesOf('analytics').sort(),
  );
  await client.close();
});

it('a node waits for another’s migration longer than any statement may take', async () => {
  const impatient = new pg.Pool({
    ...postgres.connection,
    statement_timeout: 100,
    query_timeout: 300,
    max: 1,
  });
  const other = await (pools[0] as pg.Pool).connect();
  await other.query('SELECT pg_advisory_lock(727000)');
  let isDone = false;
  const waiting = migrateLedger(impatient).then(() => {
    isDone = true;
  });
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  expect(isDone).toBe(false);
  other.release(true);
  await waiting;
  await impatient.end();
});

it('a schema that is newer than the code is refused, and the message says so', async () => {
  const pool = pools[0] as pg.Pool;
  await pool.query(`INSERT INTO schema_migrations (version, name) VALUES (9999, '9999_future.sql')`);
  const failure = await migrateLedger(pool).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(SchemaTooNew);
  expect(String(failure)).toMatch(/schema is at version 9999, this release knows \d+\. Start a newer one/);

  const client = openAnalytics(engine);
  await client.command({
    query: `INSERT INTO schema_migrations (version, name) VALUES (9999, '9999_future.sql')`,
  });
  await expect(migrateAll(0)).rejects.toBeInstanceOf(SchemaTooNew);
  await client.close();
});
