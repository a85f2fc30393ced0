import { randomUUID } from 'node:crypto';
import type { RebuildReply, ReconciliationReply, StatsReply } from '@clickledger/contract';
import type { Client, PoolClient } from 'pg';
import { Registry } from 'prom-client';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { unfoldedDays } from '../analytics/queries/folded-days.js';
import { noteDifferences, readReconciliation } from '../ledger/reconciliation.js';
import { Background } from '../lib/background.js';
import { silentLog } from '../lib/log.js';
import { appendAdjustments } from '../review/adjustments.js';
import { foldRunningDays } from '../testing/fold.js';
import { aClick, startTestSystem, type TestSystem } from '../testing/system.js';
import { until } from '../testing/wait.js';
import type { Rebuild } from './rebuild.js';
import { Reconciler } from './reconciler.js';
import { Sweep } from './sweep.js';

let system: TestSystem;
beforeAll(async () => {
  system = await startTestSystem({}, { reconcileEveryMs: 100 });
  await foldRunningDays(client());
});
afterAll(() => system?.close());

const client = () => {
  if (!system.analytics) throw new Error('no analytics');
  return system.analytics;
};
const damage = (query: string) =>
  client().command({ query, clickhouse_settings: { readonly: '0', mutations_sync: '2' } });
const sendBatch = (count: number, fields: Record<string, unknown> = {}) =>
  system.post('/api/v1/clicks/batch', {
    clicks: Array.from({ length: count }, (_, i) => aClick({ user_id: `user-${i % 40}`, ...fields })),
  });
const reconciliation = () => system.get<ReconciliationReply>('/api/v1/admin/reconciliation');
const allChecked = () => system.untilRelayed(reconciliation, (reply) => reply.unchecked_chunks === 0);
/** As if every chunk had just been delivered. */
const checkAnew = () => system.pool.query('UPDATE chunks SET reconciled_at = NULL');

/** Every figure of every table. */
async function figures(): Promise<unknown> {
  // Days are folded anew after a repair, when they are over: relay/folding.
  const tables = ['clicks_by_minute', 'clicks_by_hour'];
  const queries = [
    ...['click_events', 'flagged_clicks'].map(
      (table) =>
        `SELECT '${table}' AS t, toString(sum(sign)) AS n, toString(groupBitXor(cityHash64(*))) AS h FROM ${table}`,
    ),
    ...tables.map(
      (
        table,
      ) => `SELECT '${table}' AS t, dimensions, bucket, toString(sum(clicks)) AS n, toString(sum(fraud)) AS f,
        toString(sum(cost_micros)) AS c, toString(uniqCombined64Merge(14)(users)) AS u FROM ${table} GROUP BY dimensions, bucket ORDER BY ALL`,
    ),
  ];
  return Promise.all(
    queries.map(async (query) => (await client().query({ query, format: 'JSONEachRow' })).json()),
  );
}

it('a ledger without clicks is not rebuilt from: the rebuild says so, and analytics is left alone', async () => {
  expect((await system.post('/api/v1/admin/rebuild', {})).statusCode).toBe(202);
  const rebuild = () => system.get<RebuildReply>('/api/v1/admin/rebuild');
  const { state, error } = await system.untilRelayed(
    rebuild,
    (reply) => reply.state === 'done' || reply.state === 'failed',
  );
  expect([state, error]).toEqual(['failed', 'The ledger has no clicks to rebuild analytics from.']);
});

it('finds nothing where nothing is wrong, and says what it compared', async () => {
  await sendBatch(300);
  await sendBatch(100, { timestamp: new Date(Date.now() - 86_400_000).toISOString() });
  await system.folded();
  const reply = await allChecked();
  expect(reply).toMatchObject({ differences_found: 0, differences_open: 0, recent: [] });
  expect(reply.checked_chunks).toBeGreaterThan(0);
  expect(reply.last_checked_at).not.toBeNull();
});

it('verdicts adjusted after the fact are no difference, and are repaired like clicks', async () => {
  const { rows } = await system.pool.query<{ clickId: string; batchId: number; receivedAtMs: number }>(
    `SELECT click_id AS "clickId", batch_id AS "batchId", (extract(epoch FROM received_at) * 1000)::bigint AS "receivedAtMs"
     FROM click_events ORDER BY click_id LIMIT 50`,
  );
  const clicks = rows.map((row) => ({ ...row, reason: 'inhuman_regularity', evidence: '{}' }));
  const by = { tenantId: 1, madeAtMs: Date.now(), madeBy: 'test', rulesVersion: 1, isFraudulent: true };
  expect(await appendAdjustments(system.pool, { ...by, clicks })).toBe(50);
  await system.folded();
  await checkAnew();
  expect(await allChecked()).toMatchObject({ differences_found: 0 });
  const before = await figures();
  await damage(
    'ALTER TABLE click_events DELETE WHERE sign = -1 AND click_id = (SELECT min(click_id) FROM click_events WHERE sign = -1)',
  );
  await checkAnew();
  const found = await system.untilRelayed(
    reconciliation,
    (reply) => reply.differences_found > 0 && reply.differences_open === 0,
  );
  expect(found.recent.some(({ place }) => place === 'click_events')).toBe(true);
  expect(await figures()).toEqual(before);
});

it.each([
  [
    'a click lost from the raw table',
    'ALTER TABLE click_events DELETE WHERE click_id = (SELECT min(click_id) FROM click_events)',
    'click',
  ],
  [
    'a flag that was turned',
    'ALTER TABLE click_events UPDATE is_fraudulent = 1 - is_fraudulent WHERE click_id = (SELECT max(click_id) FROM click_events)',
    // Or, when the sweep of rollups comes first, in the minute that has another figure now.
    'click',
  ],
  [
    'rows doubled in a rollup',
    'INSERT INTO clicks_by_hour SELECT * FROM clicks_by_hour WHERE dimensions = 8 LIMIT 1 SETTINGS insert_deduplicate = 0',
    // Also in the day, which that hour feeds: whichever is looked at first.
    'clicks_by_',
  ],
  [
    'a rollup that lost a bucket',
    'ALTER TABLE clicks_by_minute DELETE WHERE dimensions = 16',
    'clicks_by_minute',
  ],
])('%s is found, counted, and repaired from the ledger', async (_name, query, table) => {
  await allChecked();
  const before = await figures();
  const { differences_found: found } = await reconciliation();
  await damage(query);
  expect(await figures()).not.toEqual(before);
  await checkAnew();
  const reply = await system.untilRelayed(
    reconciliation,
    (reply) => reply.differences_found > found && reply.differences_open === 0,
  );
  const news = reply.recent.slice(0, reply.differences_found - found);
  expect(news.map(({ place }) => place)).toContainEqual(expect.stringContaining(table));
  expect(news.every((one) => one.repaired_at !== null)).toBe(true);
  expect(await figures()).toEqual(before);
  expect(
    await system.services.registry.getSingleMetricAsString('clickledger_reconciliation_differences_total'),
  ).toMatch(/ [1-9]/);
});

it('what is wrong in one grouping of a folded day is found; its month is made anew, and the day is read from its hours', async () => {
  await allChecked();
  const before = await figures();
  const { differences_found: found } = await reconciliation();
  const unfolded = () => unfoldedDays(client(), { fromMs: 0, toMs: Date.UTC(2100, 0) });
  // Again when the relay folds a day at the same moment.
  const foldWhole = async () => {
    await damage('TRUNCATE TABLE clicks_by_day');
    await damage(
      `INSERT INTO day_folds SELECT DISTINCT toDateTime(toStartOfDay(bucket), 'UTC') FROM clicks_by_hour`,
    );
    await damage(
      `INSERT INTO clicks_by_day SELECT * REPLACE (toDateTime(toStartOfDay(bucket), 'UTC') AS bucket) FROM clicks_by_hour`,
    );
    return unfolded();
  };
  await until(foldWhole, (days) => days.length === 0);
  await damage('INSERT INTO clicks_by_day SELECT * FROM clicks_by_day WHERE dimensions = 8');
  expect(await unfolded()).toEqual([]); // no sum of all clicks tells
  await checkAnew();
  const reply = await system.untilRelayed(
    reconciliation,
    (reply) => reply.differences_found > found && reply.differences_open === 0,
  );
  const news = reply.recent.slice(0, reply.differences_found - found);
  for (const { place } of news) expect(place).toBe('clicks_by_day, grouping 8');
  expect((await unfolded()).length).toBeGreaterThan(0);
  expect(await figures()).toEqual(before);
});

it('a sweep is hasty once after a start and after a failure, and then takes its day', async () => {
  await allChecked();
  const registry = new Registry();
  const background = new Background({ log: silentLog, registry });
  const rebuild = { isRunning: false } as Rebuild;
  const reconciler = new Reconciler({
    client: client(),
    rebuild,
    folds: { settled: async () => undefined },
    registry,
    background,
    log: silentLog,
    pauseMsMax: 0,
    sweep: new Sweep(),
  });
  const compared = async () =>
    (await registry.getSingleMetric('clickledger_reconciled_chunks_total')?.get())?.values[0]?.value ?? 0;
  const { rows } = await system.pool.query<{ all: number }>('SELECT count(*)::int AS all FROM chunks');
  const all = rows[0]?.all ?? 0;
  const turns = async (session: PoolClient) => {
    for (let i = 0; i < 40; i++) await reconciler.turn(session as unknown as Client);
  };
  const session = await system.pool.connect();
  const another = await system.pool.connect();
  try {
    await turns(session);
    const first = await compared();
    expect(first).toBeGreaterThanOrEqual(all);
    await turns(session);
    expect(await compared()).toBe(first);
    // As after a failure of the relay.
    await turns(another);
    expect(await compared()).toBeGreaterThanOrEqual(first + all);
  } finally {
    session.release();
    another.release();
  }
});

it('a chunk counts as compared only when its differences are noted', async () => {
  await sendBatch(20);
  await system.folded();
  await allChecked();
  const before = await figures();
  const { differences_found: found } = await reconciliation();
  // What a crash would do; the sequence counts the tries, since no transaction takes it back.
  await system.pool.query(`CREATE SEQUENCE tries;
    CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM nextval('tries'); RAISE 'not now'; END $$;
    CREATE TRIGGER refuse BEFORE INSERT ON reconciliation_differences FOR EACH ROW EXECUTE FUNCTION refuse()`);
  try {
    await damage(
      'ALTER TABLE click_events DELETE WHERE click_id = (SELECT min(click_id) FROM click_events WHERE sign = 1 AND revision = 0)',
    );
    await checkAnew();
    const tried = async () =>
      (await system.pool.query('SELECT is_called FROM tries')).rows[0].is_called as boolean;
    await system.untilRelayed(tried, (isCalled) => isCalled);
    expect(await reconciliation()).toMatchObject({ differences_found: found });
    expect((await reconciliation()).unchecked_chunks).toBeGreaterThan(0);
  } finally {
    await system.pool.query(
      'DROP TRIGGER refuse ON reconciliation_differences; DROP FUNCTION refuse(); DROP SEQUENCE tries',
    );
  }
  await system.untilRelayed(
    reconciliation,
    (reply) => reply.differences_found > found && reply.differences_open === 0,
  );
  expect(await figures()).toEqual(before);
});

it('tells of one moment: the count of what is open and the list agree while differences are noted and repaired', async () => {
  await allChecked();
  const session = await system.pool.connect();
  let done = false;
  const changes = (async () => {
    const noted = { place: 'a test', tenantId: 1, minuteMs: 0, idsDiffer: false };
    const counts = { ledger: { clicks: 1, fraud: 0 }, found: { clicks: 2, fraud: 0 } };
    try {
      for (let round = 0; round < 300; round++) {
        await noteDifferences(session, [{ ...noted, ...counts }]);
        await session.query(
          `UPDATE reconciliation_differences SET repaired_at = now() WHERE place = 'a test'`,
        );
      }
    } finally {
      done = true;
    }
  })();
  changes.catch(() => undefined); // awaited below
  let reads = 0;
  try {
    for (; !done; reads++) {
      const { open, recent } = await readReconciliation(system.pool);
      expect(recent.filter(({ repairedAt }) => repairedAt === null)).toHaveLength(open);
    }
  } finally {
    await changes.finally(() => session.release());
    await system.pool.query(`DELETE FROM reconciliation_differences WHERE place = 'a test'`);
  }
  expect(reads).toBeGreaterThan(20);
});

it('a rebuild makes the same tables from the ledger while clicks come in, without those that were set aside', async () => {
  await damage(`ALTER TABLE click_events ADD CONSTRAINT no_poison CHECK campaign_id != 'poison'`);
  await system.post('/api/v1/clicks/batch', {
    clicks: Array.from({ length: 20 }, (_, i) =>
      aClick({ campaign_id: i === 7 ? 'poison' : 'fine', click_id: randomUUID() }),
    ),
  });
  await system.folded();
  const rebuild = () => system.get<RebuildReply>('/api/v1/admin/rebuild');
  const begun = await system.post('/api/v1/admin/rebuild', {});
  expect(begun.statusCode).toBe(202);
  for (let round = 0; round < 5; round++) await sendBatch(50, { user_id: `meanwhile-${round}` });
  const done = await system.untilRelayed(rebuild, ({ state }) => state === 'done' || state === 'failed');
  expect(done).toMatchObject({ state: 'done', error: null, months: null });
  await system.folded();
  const stats = await system.get<StatsReply>('/api/v1/admin/stats');
  expect(stats.set_aside).toBe(1);
  const rebuilt = await figures();
  expect(JSON.stringify(rebuilt)).toContain(`"n":"${stats.ledger.clicks - 1}"`);
  await checkAnew();
  const { differences_found: found } = await reconciliation();
  await allChecked();
  expect((await reconciliation()).differences_found).toBe(found);
  // What comes after it is counted once, too, and a replay of a chunk from before it is dropped.
  await system.pool.query('UPDATE chunks SET delivered_at = NULL');
  await system.folded();
  expect(await figures()).toEqual(rebuilt);
});
