import { randomUUID } from 'node:crypto';
import type { StatsReply } from '@clickledger/contract';
import pg from 'pg';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { loadChunk } from '../analytics/load-chunk.js';
import { aClick, startTestSystem, type TestSystem } from '../testing/system.js';
import { until } from '../testing/wait.js';

const ROLLUPS = ['clicks_by_minute', 'clicks_by_hour', 'clicks_by_day'];

let system: TestSystem;
beforeEach(async () => {
  system = await startTestSystem();
});
afterEach(() => system?.close());

const client = () => {
  if (!system.services.analytics) throw new Error('no analytics');
  return system.services.analytics;
};
const ask = async (query: string) =>
  (await (
    await client().query({
      query,
      format: 'JSONEachRow',
      clickhouse_settings: { output_format_json_quote_64bit_integers: 1 },
    })
  ).json<Record<string, string>>()) ?? [];
const sendBatch = async (count: number, fields: Record<string, unknown> = {}) => {
  const clicks = Array.from({ length: count }, (_, i) =>
    aClick({ user_id: `user-${i % 40}`, country: 'DE', ...fields }),
  );
  const response = await system.post('/api/v1/clicks/batch', { clicks });
  expect(response.json()).toMatchObject({ accepted: count });
};

/** Every figure of the raw table and of each rollup, by grouping. */
async function figures(): Promise<Record<string, unknown>> {
  const all: Record<string, unknown> = {
    raw: await ask(
      'SELECT count() AS n, uniqExact(click_id) AS ids, sum(is_fraudulent) AS f, uniqExact(visitor_key) AS u FROM click_events',
    ),
  };
  for (const table of ROLLUPS)
    all[table] = await ask(
      `SELECT grouping, sum(clicks) AS n, sum(fraud) AS f, uniqCombined64Merge(users) AS u FROM ${table} GROUP BY grouping ORDER BY grouping`,
    );
  return all;
}

it('a chunk sent again under its token changes nothing, in the raw table and in every rollup; under another it would', async () => {
  await sendBatch(300);
  await system.caughtUp();
  await sendBatch(200, { campaign_id: 'camp-2' });
  await system.caughtUp();
  const before = await figures();
  expect(before.raw).toMatchObject([{ n: '500', ids: '500' }]);
  for (const table of ROLLUPS) {
    const rows = before[table] as Record<string, string>[];
    expect(rows).toHaveLength(9); // one a grouping
    for (const row of rows) expect(row.n).toBe('500');
  }
  const { rows: chunks } = await system.pool.query<{ chunk_id: number }>('SELECT chunk_id FROM chunks');
  expect(chunks.length).toBeGreaterThan(1);
  for (let round = 0; round < 3; round++)
    for (const { chunk_id } of chunks) await loadChunk(client(), { chunkId: chunk_id, partId: null });
  expect(await figures()).toEqual(before);

  // The same rows under another token are other rows: this is what the token prevents.
  const { rows: parts } = await system.pool.query(
    `INSERT INTO chunk_parts (chunk_id, first_click_id, last_click_id, state)
     VALUES ($1, '00000000-0000-0000-0000-000000000000', 'ffffffff-ffff-ffff-ffff-ffffffffffff', 'delivered') RETURNING part_id`,
    [chunks[0]?.chunk_id],
  );
  await loadChunk(client(), { chunkId: chunks[0]?.chunk_id ?? 0, partId: parts[0].part_id });
  const doubled = await figures();
  for (const table of ['raw', ...ROLLUPS])
    for (const row of doubled[table] as Record<string, string>[]) expect(Number(row.n)).toBeGreaterThan(500);
});

it('a crash between load and mark replays the chunk, and counts nothing twice', async () => {
  await sendBatch(400);
  await system.caughtUp();
  const before = await figures();
  await system.pool.query('UPDATE chunks SET delivered_at = NULL');
  await until(
    async () => (await system.pool.query('SELECT FROM chunks WHERE delivered_at IS NULL')).rowCount,
    (left) => left === 0,
  );
  expect(await figures()).toEqual(before);
});

it('a batch that commits late, after younger ones were delivered, is delivered too', async () => {
  const slow = new pg.Client(system.services.pool.options as pg.ClientConfig);
  await slow.connect();
  await slow.query('BEGIN');
  await slow.query("SELECT nextval('batch_ids')"); // an id from before the others
  const { rows } = await slow.query('SELECT last_value AS id FROM batch_ids');
  await sendBatch(50);
  await system.caughtUp();
  await slow.query(
    `INSERT INTO click_events SELECT tenant_id, gen_random_uuid(), $1, received_at, clicked_at, advertiser_id, campaign_id, ad_id,
       user_id, ip_hash, visitor_key, country, device_type, os, browser, user_agent, referrer, is_fraudulent, fraud_reason,
       fraud_reasons, rules_not_run, fraud_evidence, cost_micros FROM click_events LIMIT 7`,
    [rows[0].id],
  );
  await slow.query(
    'INSERT INTO batches (batch_id, received_at, click_count, fraud_count) SELECT $1, min(received_at), 7, 0 FROM click_events WHERE batch_id = $1',
    [rows[0].id],
  );
  await slow.query('COMMIT');
  await slow.end();
  await system.caughtUp();
  expect((await figures()).raw).toMatchObject([{ n: '57', ids: '57' }]);
});

it('rows that the engine refuses are set aside one by one; the others of their chunk arrive, once', async () => {
  await client().command({
    query: `ALTER TABLE click_events ADD CONSTRAINT no_poison CHECK campaign_id != 'poison'`,
  });
  const clicks = Array.from({ length: 100 }, (_, i) =>
    aClick({
      user_id: `user-${i}`,
      campaign_id: i === 13 || i === 77 ? 'poison' : 'fine',
      click_id: randomUUID(),
    }),
  );
  await system.post('/api/v1/clicks/batch', { clicks });
  await system.caughtUp();
  await sendBatch(10); // what comes after is not held up
  await system.caughtUp();
  const stats = await system.get<StatsReply>('/api/v1/admin/stats');
  expect(stats.set_aside).toBe(2);
  const { rows } = await system.pool.query(
    `SELECT first_click_id AS id, reason FROM chunk_parts WHERE state = 'set_aside' ORDER BY id`,
  );
  expect(rows.map((row) => row.id).sort()).toEqual([clicks[13]?.click_id, clicks[77]?.click_id].sort());
  for (const row of rows) expect(row.reason).toContain('no_poison');
  const after = await figures();
  expect(after.raw).toMatchObject([{ n: '108', ids: '108' }]);
  for (const table of ROLLUPS)
    for (const row of after[table] as Record<string, string>[]) expect(row.n).toBe('108');
});

it('the engine killed again and again while clicks come in: ingestion never notices, nothing is lost or doubled', async () => {
  let sent = 0;
  for (let round = 0; round < 5; round++) {
    for (let i = 0; i < 4; i++) {
      await sendBatch(100, { user_id: `round-${round}-${i}` });
      sent += 100;
    }
    const pid = system.pids.clickhouse();
    if (pid) process.kill(pid, 'SIGKILL');
    await sendBatch(100, { user_id: `round-${round}-after` });
    sent += 100;
    await until(
      () => system.pids.clickhouse(),
      (now) => now !== undefined && now !== pid,
    );
    if (round % 2) await system.caughtUp();
  }
  await until(
    () => system.get<{ status: string }>('/health'),
    ({ status }) => status === 'healthy',
  );
  await system.caughtUp();
  const after = await figures();
  expect(after.raw).toMatchObject([{ n: String(sent), ids: String(sent) }]);
  for (const table of ROLLUPS)
    for (const row of after[table] as Record<string, string>[]) expect(row.n).toBe(String(sent));
});
