import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ClickHouseClient } from '@clickhouse/client';
import { AggregateQuery } from '@clickledger/contract';
import { Registry } from 'prom-client';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { aggregate } from '../analytics/aggregate.js';
import { openAnalytics } from '../analytics/client.js';
import { FoldOfDay } from '../analytics/fold-day.js';
import { FoldedDays } from '../analytics/folded-days.js';
import { migrateAnalytics } from '../analytics/migrate.js';
import { startEmbeddedClickHouse } from '../embedded/clickhouse/start.js';
import { silentLog } from '../log.js';
import { foldAll } from '../testing/fold.js';
import { until } from '../testing/wait.js';
import { Folding } from './folding.js';

const MINUTE_MS = 60_000;
const at = (date: string) => Date.parse(`${date}T00:00:00Z`);

const dataDir = mkdtempSync(join(tmpdir(), 'clickledger-test-folding-'));
let engine: Awaited<ReturnType<typeof startEmbeddedClickHouse>>;
let client: ClickHouseClient;
beforeAll(async () => {
  engine = await startEmbeddedClickHouse({ dataDir, password: 'x'.repeat(20), log: silentLog });
  client = openAnalytics(engine);
  const server = openAnalytics(engine, 'default');
  await migrateAnalytics(server, client);
  await server.close();
});
afterAll(async () => {
  await client?.close();
  await engine?.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

const read = async <T>(query: string) =>
  (
    await client.query({
      query,
      format: 'JSONEachRow',
      clickhouse_settings: { output_format_json_quote_64bit_integers: 1 },
    })
  ).json<T>();

let inserted = 0;
/** Clicks of as many users, an hour apart from this day on, under a token, as the relay brings them. */
async function bring(day: string, count: number, token = `token-${inserted}`): Promise<void> {
  await client.command({
    query: `INSERT INTO click_events (tenant_id, click_id, clicked_at, visitor_key, campaign_id, ad_id, country, device_type, is_fraudulent, fraud_reason, cost_micros)
      SELECT 1 + number % 2, reinterpretAsUUID(toUInt128({first:UInt64} + number)), toDateTime64({day:String}, 3, 'UTC') + number * 3600,
        cityHash64({first:UInt64} + number), concat('c-', toString(number % 3)), concat('ad-', toString(number % 7)), ['DE', 'US'][1 + number % 2],
        'mobile', number % 5 = 0, if(number % 5 = 0, 'velocity_ip', ''), 1000
      FROM numbers({count:UInt64}) ORDER BY number`,
    query_params: { first: inserted, count, day },
    clickhouse_settings: {
      max_threads: 1,
      max_partitions_per_insert_block: '0',
      insert_deduplication_token: token,
      insert_deduplicate: 1,
      deduplicate_blocks_in_dependent_materialized_views: 1,
    },
  });
  inserted += count;
}

/** Every figure of a table by day, tenant and group. */
const sums = (table: 'clicks_by_hour' | 'clicks_by_day', days: string[]) =>
  read(
    `SELECT toStartOfDay(bucket) AS day, tenant_id, dimensions, device_type, campaign_id, ad_id, country, fraud_reason, sum(clicks) AS n,
       sum(fraud) AS f, sum(cost_micros) AS c, uniqCombined64Merge(14)(users) AS u
     FROM ${table} WHERE day IN (${days.map((day) => `toDateTime('${day} 00:00:00', 'UTC')`).join(', ')}) GROUP BY ALL ORDER BY ALL`,
  );
async function expectDaysLikeHours(days: string[]): Promise<void> {
  const hours = await sums('clicks_by_hour', days);
  expect(hours.length).toBeGreaterThan(20);
  expect(await sums('clicks_by_day', days)).toEqual(hours);
}
const folded = async () =>
  (
    await read<{ day: string }>(
      `SELECT DISTINCT toString(toDate(day)) AS day FROM day_folds WHERE step = 'done' ORDER BY day`,
    )
  ).map(({ day }) => day);

const makeFolding = (nowMs: number, rebuild = { isRunning: false }) =>
  new Folding({
    ...{ client, target: engine, rebuild, now: () => nowMs, registry: new Registry(), log: silentLog },
    firstLookMs: 0,
  });
/** Turn after turn, as the relay gives them, until these days are folded. */
async function foldAsRelayDoes(nowMs: number, days: string[]): Promise<void> {
  const folding = makeFolding(nowMs);
  await until(
    async () => {
      await folding.turn();
      return folded();
    },
    (done) => days.every((day) => done.includes(day)),
  );
  // And no more than those, however long one waits.
  for (let i = 0; i < 8; i++) {
    await folding.turn();
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  await folding.stop();
}

it('days that are over are folded, some minutes after their end; the running one is not', async () => {
  await bring('2026-10-30', 24 * 4 + 5); // over the end of a month
  await foldAsRelayDoes(at('2026-11-03') + 10 * MINUTE_MS - 1, ['2026-11-01']);
  expect(await folded()).toEqual(['2026-10-30', '2026-10-31', '2026-11-01']);
  await expectDaysLikeHours(['2026-10-30', '2026-10-31', '2026-11-01']);
  expect(await read('SELECT DISTINCT bucket FROM clicks_by_day')).toHaveLength(3);
  const all = ['2026-10-30', '2026-10-31', '2026-11-01', '2026-11-02'];
  await foldAsRelayDoes(at('2026-11-03') + 10 * MINUTE_MS, ['2026-11-02']);
  expect(await folded()).toEqual(all);
  await expectDaysLikeHours(all);
});

it('days without clicks between folded ones count as folded, and take what comes late', async () => {
  await bring('2026-10-20', 24);
  const gap = Array.from({ length: 9 }, (_, i) => `2026-10-${21 + i}`);
  const before = await folded();
  await foldAsRelayDoes(at('2026-11-03'), ['2026-10-20', '2026-10-29']);
  expect(await folded()).toEqual(['2026-10-20', ...gap, ...before]);
  await bring('2026-10-25', 24);
  await expectDaysLikeHours(['2026-10-25']);
});

it('clicks that come late are in their day, once, also when their chunk is sent again', async () => {
  await bring('2026-11-01', 100, 'late');
  await expectDaysLikeHours(['2026-11-01', '2026-11-02']);
  inserted -= 100;
  await bring('2026-11-01', 100, 'late');
  await expectDaysLikeHours(['2026-11-01', '2026-11-02']);
});

it('a range is read from its folded days, and from hours for the others; it says the same as the hours', async () => {
  const query = (rest: object) =>
    AggregateQuery.parse({
      ...{ start_time: '2026-10-15T00:00:00Z', end_time: '2026-11-07T00:00:00Z', granularity: 'total' },
      ...rest,
    });
  const days = new FoldedDays(client);
  for (const rest of [
    {},
    { granularity: 'day' },
    { group_by: 'campaign_id', limit: 2 },
    { group_by: 'ad_id', country: 'DE' },
  ]) {
    const fromDays = await aggregate(client, 1, query(rest), days);
    const fromHours = await aggregate(client, 1, query(rest), null);
    expect(fromDays.sources).toEqual(['clicks_by_day', 'clicks_by_hour']);
    expect(fromHours.sources).toEqual(['clicks_by_hour']);
    expect(fromDays.data.length).toBeGreaterThan(0);
    expect(fromDays.data).toEqual(fromHours.data);
  }
});

it('clicks that come while a day is being folded are in it once, whenever they come', async () => {
  await bring('2026-12-01', 24);
  const begun = await FoldOfDay.begin(engine, client, at('2026-12-01'));
  await bring('2026-12-01', 10); // after the hours were put aside: by the view
  await begun.fill();
  await bring('2026-12-01', 20);
  expect(await begun.finish()).toBe(true);
  await begun.close({ wait: true });
  await bring('2026-12-01', 5);
  await expectDaysLikeHours(['2026-12-01']);
});

const DAY = '2027-01-01';
it.each([
  ['after it was begun', async () => undefined],
  ['after it was filled', (fold: FoldOfDay) => fold.fill()],
  [
    'after it was added, and not marked',
    async (fold: FoldOfDay) => {
      await fold.fill();
      expect(await fold.finish()).toBe(true);
      await client.command({
        query: `ALTER TABLE day_folds DELETE WHERE step = 'done' AND day = '${DAY} 00:00:00' SETTINGS mutations_sync = 1`,
      });
    },
  ],
])(
  'a relay that dies %s leaves a day that nobody reads, and the next folds it whole',
  async (_name, step) => {
    await client.command({
      query: `ALTER TABLE day_folds DELETE WHERE day = '${DAY} 00:00:00' SETTINGS mutations_sync = 1`,
    });
    await bring(DAY, 24);
    const dead = await FoldOfDay.begin(engine, client, at(DAY));
    await step(dead);
    await bring(DAY, 12);
    expect(await new FoldedDays(client).within(at(DAY), at('2027-01-02'))).not.toContain(at(DAY));
    await foldAsRelayDoes(at('2027-01-03'), [DAY]);
    await expectDaysLikeHours([DAY]);
    expect(await new FoldedDays(client).within(at(DAY), at('2027-01-02'))).toContain(at(DAY));
    // What the dead one filled comes too late, should it still be alive.
    expect(await dead.finish().catch(() => false)).toBe(false);
    await expectDaysLikeHours([DAY]);
  },
);
it('what does not add up is not folded', async () => {
  await bring('2027-03-01', 24);
  const fold = await FoldOfDay.begin(engine, client, at('2027-03-01'));
  await fold.fill();
  // As a repair does that makes the month anew.
  await client.command({
    query: `INSERT INTO clicks_by_day SELECT * REPLACE (toDateTime('2027-03-01 00:00:00', 'UTC') AS bucket) FROM clicks_by_day WHERE clicks_by_day.bucket = '${DAY} 00:00:00'`,
  });
  expect(await fold.finish()).toBe(false);
  await fold.close({ wait: true });
  expect(await folded()).not.toContain('2027-03-01');
  expect(await foldAll(engine, client, at('2027-04-01'))).toBe(1);
  await expectDaysLikeHours(['2027-03-01']);
});

it('nothing is begun or finished while analytics is made anew', async () => {
  await bring('2027-05-01', 24);
  const rebuild = { isRunning: true };
  const folding = makeFolding(at('2027-06-01'), rebuild);
  const marks = () => read(`SELECT step FROM day_folds WHERE day = '2027-05-01 00:00:00' ORDER BY step`);
  for (let i = 0; i < 3; i++) await folding.turn();
  expect(await marks()).toEqual([]);
  rebuild.isRunning = false;
  await folding.turn();
  rebuild.isRunning = true;
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  for (let i = 0; i < 3; i++) await folding.turn();
  expect(await marks()).toEqual([{ step: 'begun' }]);
  rebuild.isRunning = false;
  await until(
    async () => {
      await folding.turn();
      return marks();
    },
    (steps) => steps.length === 2,
  );
  await folding.stop();
  await expectDaysLikeHours(['2027-05-01']);
});
