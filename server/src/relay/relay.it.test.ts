import { randomUUID } from 'node:crypto';
import type { StatsReply } from '@clickledger/contract';
import pg from 'pg';
import { Registry } from 'prom-client';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { loadChunk } from '../analytics/rollups/load-chunk.js';
import { CHUNK_CLICKS_MAX } from '../ledger/chunks.js';
import { Background } from '../lib/background.js';
import { sleep } from '../lib/backoff.js';
import { silentLog } from '../lib/log.js';
import { Wake } from '../lib/wake.js';
import { appendAdjustments } from '../review/adjustments.js';
import { foldRunningDays } from '../testing/fold.js';
import { aClick, startTestSystem, type TestSystem } from '../testing/system.js';
import { until } from '../testing/wait.js';
import { ChunkSize } from './chunk-size.js';
import { RelayMeter } from './meter.js';
import { Relay } from './relay.js';

let system: TestSystem;
beforeEach(async () => {
  system = await startTestSystem();
  await foldRunningDays(client());
});
afterEach(() => system?.close());

const client = () => {
  if (!system.analytics) throw new Error('no analytics');
  return system.analytics;
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

/** Every table that an insert reaches, the raw one first: whatever the schema has is held to the promises below. */
async function tablesWithClicks(): Promise<string[]> {
  const rows = await ask(
    `SELECT name FROM system.tables WHERE database = currentDatabase() AND engine LIKE '%MergeTree'
       AND name NOT IN ('schema_migrations', 'dropped_months', 'day_folds', 'erasing', 'filled_by_views')
       AND NOT match(name, '^(conversion|impression)') ORDER BY name != 'click_events', name`,
  );
  return rows.map((row) => row.name ?? '');
}

/** Every figure of each table, of the rollups by grouping. */
async function figures(): Promise<Record<string, Record<string, string>[]>> {
  const all: Record<string, Record<string, string>[]> = {};
  for (const table of await tablesWithClicks())
    all[table] = await ask(
      table.startsWith('clicks_by_')
        ? `SELECT dimensions, sum(clicks) AS n, sum(fraud) AS f, sum(cost_micros) AS c, sum(without_visitor) AS w, uniqCombined64Merge(14)(users) AS u
           FROM ${table} GROUP BY dimensions ORDER BY dimensions`
        : table === 'retracted_clicks'
          ? `SELECT count() AS n FROM ${table}`
          : `SELECT sum(sign) AS n, count() AS rows, uniqExact(click_id) AS ids, sumIf(sign, is_fraudulent = 1) AS f,
             uniqExact(visitor_key) AS u FROM ${table}`,
    );
  return all;
}

/** Flags the first clicks that are not flagged, after the fact. */
async function adjustSome(): Promise<number> {
  const { rows } = await system.pool.query(
    `SELECT click_id, batch_id, (extract(epoch FROM received_at) * 1000)::bigint AS at FROM click_events WHERE NOT is_fraudulent LIMIT 20`,
  );
  return appendAdjustments(system.pool, {
    tenantId: 1,
    madeAtMs: Date.now(),
    madeBy: 'test',
    rulesVersion: 0,
    isFraudulent: true,
    clicks: rows.map((row) => ({
      clickId: row.click_id,
      batchId: row.batch_id,
      receivedAtMs: row.at,
      reason: 'regular_gaps',
      evidence: '',
    })),
  });
}

/** Every grouping of every rollup agrees with the raw clicks. */
async function expectEverywhere(clicks: number): Promise<void> {
  const { click_events: raw, flagged_clicks: flagged, retracted_clicks: _, ...rollups } = await figures();
  expect(raw).toMatchObject([{ n: String(clicks), ids: String(clicks) }]);
  expect(flagged?.[0]?.f).toBe(raw?.[0]?.f);
  expect(Object.keys(rollups).length).toBeGreaterThan(2);
  for (const rows of Object.values(rollups)) {
    expect(rows.length).toBeGreaterThan(8); // one a grouping
    for (const row of rows) expect(row).toMatchObject({ n: raw?.[0]?.n, f: raw?.[0]?.f, u: raw?.[0]?.u });
  }
}

it('a chunk sent again under its token changes nothing, in the tables of clicks and in every rollup; under another it would', async () => {
  await sendBatch(300);
  await system.folded();
  await sendBatch(200, { campaign_id: 'camp-2' });
  await system.folded();
  // Verdicts that change are rows of a chunk, too, and held to the same.
  expect(await adjustSome()).toBeGreaterThan(0);
  await system.folded();
  const before = await figures();
  await expectEverywhere(500);
  expect(Number(before.flagged_clicks?.[0]?.n)).toBeGreaterThan(0);
  const { rows: chunks } = await system.pool.query<{ chunk_id: number }>('SELECT chunk_id FROM chunks');
  expect(chunks.length).toBeGreaterThan(1);
  for (let round = 0; round < 3; round++)
    for (const { chunk_id } of chunks)
      await loadChunk(client(), { kind: 'clicks', chunkId: chunk_id, partId: null });
  expect(await figures()).toEqual(before);

  // The same rows under another token are other rows: this is what the token prevents.
  const { rows: parts } = await system.pool.query(
    `INSERT INTO chunk_parts (chunk_id, first_click_id, last_click_id, state)
     VALUES ($1, '00000000-0000-0000-0000-000000000000', 'ffffffff-ffff-ffff-ffff-ffffffffffff', 'delivered') RETURNING part_id`,
    [chunks[0]?.chunk_id],
  );
  await loadChunk(client(), { kind: 'clicks', chunkId: chunks[0]?.chunk_id ?? 0, partId: parts[0].part_id });
  const doubled = await figures();
  for (const table of ['click_events', 'flagged_clicks'])
    expect(Number(doubled[table]?.[0]?.n), table).toBeGreaterThan(Number(before[table]?.[0]?.n));
});

it('a crash between load and mark replays the chunk, and counts nothing twice', async () => {
  await sendBatch(400);
  await system.folded();
  const before = await figures();
  await system.pool.query('UPDATE chunks SET delivered_at = NULL');
  await system.untilRelayed(
    async () => (await system.pool.query('SELECT FROM chunks WHERE delivered_at IS NULL')).rowCount,
    (left) => left === 0,
  );
  expect(await figures()).toEqual(before);
});

it('a chunk sent again after the engine was killed changes nothing, though its tables were made in the engine’s life before', async () => {
  await sendBatch(400);
  await system.folded();
  expect(await adjustSome()).toBeGreaterThan(0);
  await system.folded();
  const before = await figures();
  const pid = system.pids.clickhouse();
  if (pid === undefined) throw new Error('no engine');
  process.kill(pid, 'SIGKILL');
  await until(
    () =>
      system
        .get<{ status: string }>('/health')
        .then(({ status }) => status === 'healthy' && system.pids.clickhouse() !== pid),
    (isBack) => isBack,
  );
  const { rows: chunks } = await system.pool.query<{ chunk_id: number }>('SELECT chunk_id FROM chunks');
  for (const { chunk_id } of chunks)
    await loadChunk(client(), { kind: 'clicks', chunkId: chunk_id, partId: null });
  expect(await figures()).toEqual(before);
});

it('a batch that commits late, after younger ones were delivered, is delivered too', async () => {
  const slow = new pg.Client(system.pool.options as pg.ClientConfig);
  await slow.connect();
  await slow.query('BEGIN');
  await slow.query("SELECT nextval('batch_ids')"); // an id from before the others
  const { rows } = await slow.query('SELECT last_value AS id FROM batch_ids');
  await sendBatch(50);
  await system.folded();
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
  await system.folded();
  await expectEverywhere(57);
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
  await system.folded();
  await sendBatch(10); // what comes after is not held up
  await system.folded();
  const stats = await system.get<StatsReply>('/api/v1/admin/stats');
  expect(stats.set_aside).toBe(2);
  const { rows } = await system.pool.query(
    `SELECT first_click_id AS id, reason FROM chunk_parts WHERE state = 'set_aside' ORDER BY id`,
  );
  expect(rows.map((row) => row.id).sort()).toEqual([clicks[13]?.click_id, clicks[77]?.click_id].sort());
  for (const row of rows) expect(row.reason).toContain('no_poison');
  await expectEverywhere(108);
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
    if (round % 2) await system.folded();
  }
  await until(
    () => system.get<{ status: string }>('/health'),
    ({ status }) => status === 'healthy',
  );
  await system.folded();
  await expectEverywhere(sent);
});

it('two relays that stamp at the same moment never stamp a batch twice', async () => {
  await system.relay?.stop();
  await sendBatch(20);
  const first = await system.pool.connect();
  await first.query('BEGIN');
  const { rows: chunk } = await first.query('SELECT stamp_chunk(10, 1000) AS id');
  const second = system.pool.query('SELECT stamp_chunk(10, 1000) AS id');
  await until(
    () => system.pool.query('SELECT FROM pg_locks WHERE NOT granted'),
    ({ rowCount }) => rowCount === 1,
  );
  await first.query('COMMIT');
  first.release();
  expect((await second).rows).toEqual([{ id: null }]);
  const { rows } = await system.pool.query('SELECT DISTINCT chunk_id AS id FROM batches');
  expect(rows).toEqual(chunk);
});

it('analytics that has forgotten how to reach the ledger is told again', async () => {
  await sendBatch(10);
  await system.folded();
  const { rows } = await system.pool.query('SELECT count(*)::int AS n FROM click_events');
  for (const what of ['DATABASE', 'NAMED COLLECTION'])
    await client().command({
      query: `DROP ${what} clickledger_ledger`,
      clickhouse_settings: { readonly: '0' },
    });
  await sendBatch(30);
  await system.folded();
  await expectEverywhere(rows[0].n + 30);
});

/** A relay that delivers until it waits for the first time. Its wait lasts until it is stopped: what is not delivered by then is seen. */
async function relayUntilItWaits(size?: ChunkSize): Promise<void> {
  let isWaiting = false;
  const registry = new Registry();
  const relay = new Relay({
    // The password is hidden from a spread.
    ledger: { ...system.pool.options, password: system.pool.options.password } as pg.ClientConfig,
    client: client(),
    connectLedger: async () => {},
    between: [],
    folds: { settled: async () => undefined, foldPart: async () => undefined },
    meter: new RelayMeter(registry),
    committed: new Wake(),
    background: new Background({ log: silentLog, registry }),
    log: silentLog,
    ...(size ? { size } : {}),
    pause: async (ms, signal) => {
      if (ms === 0) return;
      isWaiting = true;
      while (!signal?.aborted) await sleep(60_000, signal);
    },
  });
  relay.start();
  await until(
    () => ({ isWaiting, lastError: relay.lastError }),
    (seen) => seen.isWaiting,
    100_000,
  ).finally(() => relay.stop());
}

it('chunks that are fixed already are delivered one after the other, and the relay waits only when none is left', async () => {
  const CHUNKS = 20;
  await system.folded();
  await system.relay?.stop();
  for (let i = 0; i < CHUNKS; i++) {
    await sendBatch(1);
    const { rows } = await system.pool.query('SELECT stamp_chunk(1, 1000) AS id');
    expect(rows).toEqual([{ id: expect.any(Number) }]);
  }
  const left = async () =>
    (await system.pool.query('SELECT FROM chunks WHERE delivered_at IS NULL')).rowCount;
  expect(await left()).toBe(CHUNKS);
  await relayUntilItWaits();
  expect(await left()).toBe(0);
  expect((await figures()).click_events).toMatchObject([{ n: String(CHUNKS), ids: String(CHUNKS) }]);
});

it('a relay that is behind waits for no chunk that is full already: chunk follows chunk until less than one is left', async () => {
  await system.caughtUp();
  await system.relay?.stop();
  const BATCHES = 21;
  for (let i = 0; i < BATCHES; i++) await sendBatch(1_000);
  const size = new ChunkSize();
  size.loaded(CHUNK_CLICKS_MAX, 600_000); // the engine was so slow that chunks have 5,000 clicks
  await relayUntilItWaits(size);
  const { rows } = await system.pool.query<{ clicks: number }>(
    'SELECT click_count AS clicks FROM chunks ORDER BY chunk_id',
  );
  // However quick or slow the engine is here: the first has as many as it may, none has more than growth allows, and …
  expect(rows[0]).toEqual({ clicks: 5_000 });
  for (const [i, row] of rows.entries()) expect(row.clicks).toBeLessThan(5_000 * 1.25 ** i + 1_000);
  // … what is left is no full chunk.
  const { rows: left } = await system.pool.query<{ clicks: number }>(
    'SELECT coalesce(sum(click_count), 0)::int AS clicks FROM batches WHERE chunk_id IS NULL',
  );
  expect(left[0]?.clicks).toBeLessThan(size.clicksMax);
  expect(rows.length).toBeGreaterThan(1);
});
