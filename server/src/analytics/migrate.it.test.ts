import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AggregateQuery } from '@clickledger/contract';
import { afterAll, expect, it } from 'vitest';
import { startEmbeddedClickHouse } from '../embedded/clickhouse/start.js';
import { silentLog } from '../lib/log.js';
import { foldAll } from '../testing/fold.js';
import { openAnalytics } from './client.js';
import { migrateAnalytics } from './migrate.js';
import { aggregate } from './queries/aggregate.js';
import { FoldedDays } from './queries/folded-days.js';

const dataDir = mkdtempSync(join(tmpdir(), 'clickledger-test-migrate-'));
afterAll(() => rmSync(dataDir, { recursive: true, force: true }));

const ROLLUPS = ['clicks_by_minute', 'clicks_by_hour', 'clicks_by_day'];
const USERS = 5_000;

// As an installation of an earlier release is upgraded in place.
it('sketches written before they were kept uncompressed count on, beside new ones and merged with them', async () => {
  const engine = await startEmbeddedClickHouse({ dataDir, password: 'x'.repeat(20), log: silentLog });
  const [server, client] = [openAnalytics(engine, 'default'), openAnalytics(engine)];
  const query = AggregateQuery.parse({
    start_time: '2026-11-01T00:00:00Z',
    end_time: '2026-11-02T00:00:00Z',
    granularity: 'total',
  });
  /** As many clicks, each of a user of its own. */
  const addClicks = (first: number) =>
    client.command({
      query: `INSERT INTO click_events (tenant_id, click_id, clicked_at, visitor_key)
        SELECT 1, generateUUIDv4(), toDateTime64('2026-11-01 12:00:00', 3, 'UTC') + number % 7200, cityHash64(number + {first:UInt32})
        FROM numbers({count:UInt32})`,
      query_params: { first, count: USERS },
    });
  const figures = async () => {
    const [row] = (await aggregate(client, 1, query, null)).data;
    return { clicks: row?.clicks, users: row?.unique_users };
  };
  const isNear = (users: number | undefined, expected: number) =>
    expect(Math.abs((users ?? 0) / expected - 1)).toBeLessThan(4 * 0.008); // four standard errors
  try {
    await migrateAnalytics(server, client);
    for (const table of ROLLUPS)
      await client.command({ query: `ALTER TABLE ${table} MODIFY COLUMN users CODEC(LZ4)` });
    await addClicks(0);
    const before = await figures();
    await client.command({
      query: 'ALTER TABLE schema_migrations DELETE WHERE version = 4 SETTINGS mutations_sync = 1',
    });
    await migrateAnalytics(server, client);
    expect(await figures()).toEqual(before);

    await addClicks(USERS);
    const beside = await figures();
    expect(beside.clicks).toBe(2 * USERS);
    isNear(beside.users, 2 * USERS);
    for (const table of ROLLUPS) await client.command({ query: `OPTIMIZE TABLE ${table} FINAL` });
    expect(await figures()).toEqual(beside);
    const result = await client.query({
      query: `SELECT table, compression_codec AS codec FROM system.columns
        WHERE database = currentDatabase() AND name = 'users' AND table IN {tables:Array(String)} ORDER BY table`,
      query_params: { tables: ROLLUPS },
      format: 'JSONEachRow',
    });
    expect(await result.json()).toEqual(
      [...ROLLUPS].sort().map((table) => ({ table, codec: 'CODEC(NONE)' })),
    );
  } finally {
    await client.close();
    await server.close();
    await engine.stop();
  }
});

it('days that an earlier release filled with every chunk are read on, and later ones are folded', async () => {
  const engine = await startEmbeddedClickHouse({ dataDir, password: 'x'.repeat(20), log: silentLog });
  const [server, client] = [openAnalytics(engine, 'default'), openAnalytics(engine)];
  const query = AggregateQuery.parse({
    start_time: '2026-12-01T00:00:00Z',
    end_time: '2026-12-05T00:00:00Z',
    granularity: 'day',
  });
  const addClicks = (day: string, count: number) =>
    client.command({
      query: `INSERT INTO click_events (tenant_id, click_id, clicked_at, visitor_key)
        SELECT 1, generateUUIDv4(), toDateTime64({day:String}, 3, 'UTC') + number, number FROM numbers({count:UInt32})`,
      query_params: { day, count },
    });
  const read = async () => {
    const { data, sources } = await aggregate(client, 1, query, new FoldedDays(client));
    return { sources, clicks: data.map((row) => `${row.time_bucket.slice(8, 10)}: ${row.clicks}`) };
  };
  try {
    await migrateAnalytics(server, client);
    // The view of the release before, and none of what came after it.
    await client.command({ query: 'DROP VIEW clicks_by_day_mv' });
    await client.command({ query: 'DROP TABLE day_folds' });
    await client.command({
      query: `CREATE MATERIALIZED VIEW clicks_by_day_mv TO clicks_by_day AS
        SELECT tenant_id, dimensions, toDateTime(toStartOfDay(bucket, 'UTC'), 'UTC') AS bucket, device_type, os, browser, country,
          advertiser_id, campaign_id, ad_id, fraud_reason, clicks, fraud, cost_micros, users FROM clicks_by_hour`,
    });
    await client.command({
      query: 'ALTER TABLE schema_migrations DELETE WHERE version = 5 SETTINGS mutations_sync = 1',
    });
    await addClicks('2026-12-01', 100);
    await addClicks('2026-12-02', 40);
    await migrateAnalytics(server, client);
    expect(await read()).toEqual({
      sources: ['clicks_by_day', 'clicks_by_hour'],
      clicks: ['01: 100', '02: 40'],
    });
    await addClicks('2026-12-02', 7); // of the day in which it was upgraded
    await addClicks('2026-12-03', 5);
    expect((await read()).clicks).toEqual(['01: 100', '02: 47', '03: 5']);
    // All four days with clicks: those that it had are dropped, and made anew.
    expect(await foldAll(engine, client, Date.parse('2026-12-05T00:00:00Z'))).toBe(4);
    expect((await read()).clicks).toEqual(['01: 100', '02: 47', '03: 5']);
  } finally {
    await client.close();
    await server.close();
    await engine.stop();
  }
});
