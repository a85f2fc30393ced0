import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ClickHouseClient } from '@clickhouse/client';
import { AggregateQuery } from '@clickledger/contract';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startEmbeddedClickHouse } from '../embedded/clickhouse/start.js';
import { silentLog } from '../lib/log.js';
import { foldChunks, rollupsAt } from '../testing/fold.js';
import { openAnalytics } from './client.js';
import { migrateAnalytics } from './migrate.js';
import { aggregate } from './queries/aggregate.js';
import { filledByViews } from './rollups/fold.js';

/** Analytics of the last build whose rollups were filled by views, with clicks of its time. */
const dataDir = mkdtempSync(join(tmpdir(), 'clickledger-test-upgrade-'));
let engine: Awaited<ReturnType<typeof startEmbeddedClickHouse>>;
let client: ClickHouseClient;
let server: ClickHouseClient;

async function run(sql: string): Promise<void> {
  for (const statement of sql.split(/^--;$/m))
    if (statement.trim() !== '') await client.command({ query: statement });
}
const fileOf = (name: string) => readFileSync(new URL(name, import.meta.url), 'utf8');
const bring = (chunk: number) =>
  client.command({
    query: `INSERT INTO click_events (tenant_id, chunk_id, click_id, clicked_at, visitor_key, campaign_id, country)
      SELECT 1, {chunk:UInt64}, generateUUIDv4(), toDateTime64('2026-10-31 20:00:00', 3, 'UTC') + number * 600, 1 + number, concat('c-', toString(number % 3)), 'DE'
      FROM numbers(60)`,
    query_params: { chunk },
  });

beforeAll(async () => {
  engine = await startEmbeddedClickHouse({ dataDir, password: 'x'.repeat(20), log: silentLog });
  server = openAnalytics(engine, 'default');
  client = openAnalytics(engine);
  await server.command({ query: 'CREATE DATABASE clickledger' });
  for (const file of readdirSync(new URL('schema/tables/', import.meta.url)).sort())
    await run(fileOf(`schema/tables/${file}`));
  await run(fileOf('schema/views/01_clicks.sql'));
  await run(fileOf('../testing/views-before-folds.sql'));
  await run(
    'CREATE TABLE schema_migrations (version UInt32, name String, applied_at DateTime DEFAULT now()) ENGINE = MergeTree ORDER BY version',
  );
  await run(`INSERT INTO schema_migrations (version, name) VALUES (100, '0100_baseline')`);
  for (const chunk of [1, 2, 3]) await bring(chunk);
});
afterAll(async () => {
  await client?.close();
  await server?.close();
  await engine?.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

const RANGE = { start_time: '2026-10-31T00:00:00Z', end_time: '2026-11-03T00:00:00Z' };
/** Clicks by the rollups of singles, and by those of pairs. */
async function clicks(mark: number): Promise<number[]> {
  const asked = [
    { granularity: 'hour' },
    { granularity: 'total', group_by: 'campaign_id', country: 'DE' },
  ].map((rest) =>
    aggregate(
      client,
      1,
      AggregateQuery.parse({ ...RANGE, ...rest }),
      rollupsAt({ minutes: mark, pairs: mark }),
    ),
  );
  return (await Promise.all(asked)).map((reply) => reply.total_clicks);
}

it('what views had filled stays, and folds go on behind it: each click counts once before, between and after', async () => {
  // Stopped halfway, an upgrade runs again.
  await client.command({ query: 'DROP VIEW clicks_by_minute_mv' });
  await migrateAnalytics(server, client);
  await migrateAnalytics(server, client);
  expect(await filledByViews(client)).toBe(3);
  expect(await clicks(3)).toEqual([180, 180]);
  await bring(4);
  // No view brings it.
  expect(await clicks(4)).toEqual([180, 180]);
  expect(await clicks(3)).toEqual([240, 240]);
  await foldChunks(client, 3, 4);
  expect(await clicks(4)).toEqual([240, 240]);
  // The mark stays where it was, also when more has come.
  expect(await filledByViews(client)).toBe(3);
});
