import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ClickHouseClient } from '@clickhouse/client';
import { AggregateQuery } from '@clickledger/contract';
import { Registry } from 'prom-client';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openAnalytics } from '../analytics/client.js';
import { migrateAnalytics } from '../analytics/migrate.js';
import { aggregate } from '../analytics/queries/aggregate.js';
import { DAY_MS, FoldedDays, unfoldedDays } from '../analytics/queries/folded-days.js';
import { FoldOfDay } from '../analytics/rollups/fold-day.js';
import { RebuildTables } from '../analytics/rollups/rebuild-tables.js';
import { startEmbeddedClickHouse } from '../embedded/clickhouse/start.js';
import { silentLog } from '../lib/log.js';
import { aBackground } from '../testing/background.js';
import { foldChunks, rollupsAt } from '../testing/fold.js';
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

/** Whatever is brought is folded. */
const ALL = { minutes: 1_000, pairs: 1_000 };
let inserted = 0;
/** By token. */
const chunks = new Map<string, number>();
/** Clicks of as many users, an hour apart from this day on, under a token, as the relay brings them, and folds them. */
async function bring(day: string, count: number, token = `token-${inserted}`): Promise<void> {
  const chunk = chunks.get(token) ?? chunks.size + 1;
  chunks.set(token, chunk);
  await client.command({
    query: `INSERT INTO click_events (tenant_id, chunk_id, click_id, clicked_at, visitor_key, campaign_id, ad_id, country, device_type, is_fraudulent, fraud_reason, cost_micros)
      SELECT 1 + number % 2, {chunk:UInt64}, reinterpretAsUUID(toUInt128({first:UInt64} + number)), toDateTime64({day:String}, 3, 'UTC') + number * 3600,
        cityHash64({first:UInt64} + number), concat('c-', toString(number % 3)), concat('ad-', toString(number % 7)), ['DE', 'US'][1 + number % 2],
        'mobile', number % 5 = 0, if(number % 5 = 0, 'velocity_ip', ''), 1000
      FROM numbers({count:UInt64}) ORDER BY number`,
    query_params: { first: inserted, count, day, chunk },
    clickhouse_settings: {
      max_threads: 1,
      max_partitions_per_insert_block: '0',
      insert_deduplication_token: token,
      insert_deduplicate: 1,
      deduplicate_blocks_in_dependent_materialized_views: 1,
    },
  });
  await foldChunks(client, chunk - 1, chunk);
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
/** Of these days, those that are read as such, for both tenants. */
async function folded(days: string[]): Promise<string[]> {
  const known = new FoldedDays(client);
  const found: string[] = [];
  for (const day of days) {
    const of = (tenant: number) => known.within(tenant, at(day), at(day) + DAY_MS);
    if ((await of(1)).isFolded(at(day)) && (await of(2)).isFolded(at(day))) found.push(day);
  }
  return found;
}
const damage = (query: string) => client.command({ query, clickhouse_settings: { mutations_sync: '2' } });

const makeFolding = (nowMs: number, rebuild = { isRunning: false, exchanges: 0 }) =>
  new Folding({
    ...{
      client,
      target: engine,
      rebuild,
      folds: { settled: async () => undefined },
      now: () => nowMs,
      registry: new Registry(),
      background: aBackground(),
      log: silentLog,
    },
    lookMs: 0,
  });
/** Turn after turn, as the relay gives them, until nothing that is over is left to fold. */
async function foldAsRelayDoes(nowMs: number): Promise<void> {
  const folding = makeFolding(nowMs);
  await until(
    async () => {
      await folding.turn();
      return unfoldedDays(client, {
        fromMs: 0,
        toMs: Math.floor((nowMs - 10 * MINUTE_MS) / DAY_MS) * DAY_MS,
      });
    },
    (days) => days.length === 0,
  );
  for (let i = 0; i < 5; i++) {
    await folding.turn();
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  await folding.stop();
}

/** Waits until the fold at hand has the clicks of its day's hours. */
const filled = (day: string) =>
  until(
    async () => {
      const [fold] = await read<{ name: string }>(
        `SELECT name FROM system.databases WHERE startsWith(name, 'clickledger_fold_')`,
      );
      const clicks = `SELECT sum(clicks) AS n FROM ${fold?.name}.day UNION ALL
        SELECT sum(clicks) FROM clicks_by_hour WHERE toDate(bucket) = '${day}'`;
      const running = `SELECT count() AS n FROM system.processes WHERE query LIKE 'INSERT INTO day (%'`;
      return fold ? [...(await read<{ n: string }>(clicks)), ...(await read<{ n: string }>(running))] : [];
    },
    ([own, hours, running]) => own !== undefined && own.n === hours?.n && running?.n === '0',
  );

it('days that are over are folded, some minutes after their end; the running one is not', async () => {
  await bring('2026-10-30', 24 * 4 + 5); // over the end of a month
  const days = ['2026-10-30', '2026-10-31', '2026-11-01', '2026-11-02', '2026-11-03'];
  expect(await folded(days)).toEqual([]);
  await foldAsRelayDoes(at('2026-11-03') + 10 * MINUTE_MS - 1);
  expect(await folded(days)).toEqual(days.slice(0, 3));
  await expectDaysLikeHours(days.slice(0, 3));
  expect(await read('SELECT DISTINCT bucket FROM clicks_by_day')).toHaveLength(3);
  await foldAsRelayDoes(at('2026-11-03') + 10 * MINUTE_MS);
  expect(await folded(days)).toEqual(days.slice(0, 4));
  await expectDaysLikeHours(days.slice(0, 4));
});

it('clicks that come late are in their day at once, and once, also when their chunk is sent again', async () => {
  for (let time = 0; time < 2; time++) {
    await bring('2026-11-01', 48, 'late');
    if (time === 0) inserted -= 48;
    await expectDaysLikeHours(['2026-11-01', '2026-11-02']);
    expect(await folded(['2026-11-01', '2026-11-02'])).toEqual(['2026-11-01', '2026-11-02']);
  }
});

it('a range is read from its folded days, and from hours for the others; it says the same as the hours', async () => {
  const query = (rest: object) =>
    AggregateQuery.parse({
      start_time: '2026-10-15T00:00:00Z',
      end_time: '2026-11-07T00:00:00Z',
      granularity: 'total',
      ...rest,
    });
  const days = rollupsAt(ALL, new FoldedDays(client));
  for (const rest of [
    {},
    { granularity: 'day' },
    { group_by: 'campaign_id', limit: 2 },
    { group_by: 'ad_id', country: 'DE' },
  ]) {
    const fromDays = await aggregate(client, 1, query(rest), days);
    const fromHours = await aggregate(client, 1, query(rest), rollupsAt(ALL));
    expect(fromDays.sources).toEqual(['clicks_by_day', 'clicks_by_hour']);
    expect(fromHours.sources).toEqual(['clicks_by_hour']);
    expect(fromDays.data.length).toBeGreaterThan(0);
    expect(fromDays.data).toEqual(fromHours.data);
  }
});

it('an answer begun before a rebuild exchanges days, and read after it, has every click', async () => {
  const scratch = await RebuildTables.make(engine);
  // The rebuild finds in the ledger what analytics has.
  await scratch.client.command({ query: 'INSERT INTO click_events SELECT * FROM clickledger.click_events' });
  await foldChunks(scratch.client, 0, ALL.minutes);
  const days = rollupsAt(ALL, new FoldedDays(client));
  const query = AggregateQuery.parse({
    start_time: '2026-10-30T00:00:00Z',
    end_time: '2026-11-03T00:00:00Z',
    granularity: 'total',
  });
  const before = await aggregate(client, 1, query, days);
  expect(before.sources).toEqual(['clicks_by_day']);
  // Between what is known of the days and the answer, the days are gone and their hours still the old ones.
  let exchanges = 0;
  const slow = {
    query: async (asked: Parameters<ClickHouseClient['query']>[0]) => {
      if (exchanges++ === 0) await scratch.takeOver(client, null, []);
      return client.query(asked);
    },
  } as ClickHouseClient;
  const after = await aggregate(slow, 1, query, days);
  expect(exchanges).toBeGreaterThan(1);
  expect(after).toMatchObject({ total_clicks: before.total_clicks, sources: ['clicks_by_hour'] });
  expect(after.data).toEqual(before.data);
  // Known for the next second still, and asked from another page of the same tenant.
  expect((await aggregate(client, 1, query, days)).data).toEqual(before.data);
  await scratch.drop();
  await foldAsRelayDoes(at('2026-11-04'));
  expect((await aggregate(client, 1, query, days)).data).toEqual(before.data);
});

it('what is known of days holds while clicks come late, days are folded and parts are merged', async () => {
  const known = await new FoldedDays(client).within(1, at('2026-11-01'), at('2026-11-02'));
  await bring('2026-11-01', 24);
  await client.command({ query: 'OPTIMIZE TABLE clicks_by_day FINAL' });
  await bring('2026-11-04', 24);
  await foldAsRelayDoes(at('2026-11-06'));
  expect(await known.holds()).toBe(true);
  await damage('ALTER TABLE clicks_by_day DROP PARTITION 202611');
  expect(await known.holds()).toBe(false);
  await foldAsRelayDoes(at('2026-11-06'));
  expect(await known.holds()).toBe(false);
});

it('clicks that come while a day is being folded are in it once, whenever they come', async () => {
  await bring('2026-12-01', 24);
  const begun = await FoldOfDay.begin(engine, client, at('2026-12-01'));
  await bring('2026-12-01', 10); // after the hours were put aside: by the view
  await begun.fill();
  await bring('2026-12-01', 20);
  expect(await folded(['2026-12-01'])).toEqual([]);
  await begun.finish();
  await begun.close({ wait: true });
  await bring('2026-12-01', 5);
  expect(await folded(['2026-12-01'])).toEqual(['2026-12-01']);
  await expectDaysLikeHours(['2026-12-01']);
});

const DAY = '2027-01-01';
const begin = () => FoldOfDay.begin(engine, client, at(DAY));
it.each<[string, (first: FoldOfDay) => Promise<unknown>]>([
  ['begun', async () => undefined],
  ['filled', (first) => first.fill()],
  [
    'added by two relays, of which one has lost its lock',
    async (first) => {
      await first.fill();
      const second = await begin();
      await second.fill();
      await second.finish();
      expect(await folded([DAY])).toEqual([DAY]);
      // Its tables are gone, unless it was at work in them just then; as if it were.
      await damage(`INSERT INTO clicks_by_day SELECT * FROM clicks_by_day WHERE bucket = '${DAY} 00:00:00'`);
    },
  ],
  [
    'added, and partly lost in a power cut',
    async (first) => {
      await first.fill();
      await first.finish();
      await damage(`ALTER TABLE clicks_by_day DELETE WHERE bucket = '${DAY} 00:00:00' AND tenant_id = 2`);
    },
  ],
  [
    'dropped by a rebuild',
    async (first) => {
      await first.fill();
      await first.finish();
      await damage('ALTER TABLE clicks_by_day DROP PARTITION 202701');
    },
  ],
])('a day that was %s is read from its hours, until it is folded anew', async (_name, step) => {
  await damage(`ALTER TABLE day_folds DELETE WHERE day = '${DAY} 00:00:00'`);
  await damage('ALTER TABLE clicks_by_day DROP PARTITION 202701');
  await bring(DAY, 24);
  await step(await begin());
  expect(await folded([DAY])).toEqual([]);
  await bring(DAY, 12);
  expect(await folded([DAY])).toEqual([]);
  await foldAsRelayDoes(at('2027-01-03'));
  expect(await folded([DAY])).toEqual([DAY]);
  await expectDaysLikeHours([DAY]);
  expect(await read(`SELECT name FROM system.databases WHERE name LIKE 'clickledger_fold%'`)).toEqual([]);
});

it('a day that can not be folded does not hold up the others', async () => {
  await bring('2027-03-01', 24 * 3);
  // The engine refuses what is filled, of one day.
  const folding = makeFolding(at('2027-04-01'));
  await damage(`ALTER TABLE clicks_by_day ADD CONSTRAINT not_that_day CHECK bucket != '2027-03-01 00:00:00'`);
  await until(
    async () => {
      await folding.turn();
      return folded(['2027-03-01', '2027-03-02', '2027-03-03']);
    },
    (days) => days.length === 2,
  );
  await folding.stop();
  await damage('ALTER TABLE clicks_by_day DROP CONSTRAINT not_that_day');
  await foldAsRelayDoes(at('2027-04-01'));
  await expectDaysLikeHours(['2027-03-01']);
});

it('nothing is begun or finished while analytics is rebuilt', async () => {
  await bring('2027-05-01', 24);
  const rebuild = { isRunning: true, exchanges: 0 };
  const folding = makeFolding(at('2027-06-01'), rebuild);
  const isBegun = async () =>
    (await read(`SELECT day FROM day_folds WHERE day = '2027-05-01 00:00:00'`)).length === 1;
  for (let i = 0; i < 3; i++) await folding.turn();
  expect(await isBegun()).toBe(false);
  rebuild.isRunning = false;
  await folding.turn();
  rebuild.isRunning = true;
  await filled('2027-05-01');
  for (let i = 0; i < 3; i++) await folding.turn();
  expect(await isBegun()).toBe(true);
  expect(await folded(['2027-05-01'])).toEqual([]);
  rebuild.isRunning = false;
  await until(
    async () => {
      await folding.turn();
      return folded(['2027-05-01']);
    },
    (days) => days.length === 1,
  );
  await folding.stop();
  await expectDaysLikeHours(['2027-05-01']);
});

it('a fold of hours that a rebuild has replaced is thrown away: the day has the visitors of the new ones alone', async () => {
  const day = '2027-07-01';
  await bring(day, 24);
  const rebuild = { isRunning: false, exchanges: 0 };
  const folding = makeFolding(at('2027-08-01'), rebuild);
  await folding.turn();
  rebuild.isRunning = true;
  await filled(day);
  const hours = `toDate(bucket) = '${day}'`;
  await damage(`CREATE TABLE replaced AS clicks_by_hour`);
  await damage(
    `INSERT INTO replaced SELECT * REPLACE (arrayReduce('uniqCombined64State(14)', [toUInt64(7)]) AS users) FROM clicks_by_hour WHERE ${hours}`,
  );
  await damage(`ALTER TABLE clicks_by_hour DELETE WHERE ${hours}`);
  await damage('INSERT INTO clicks_by_hour SELECT * FROM replaced');
  await damage('DROP TABLE replaced');
  rebuild.exchanges++;
  rebuild.isRunning = false;
  await until(
    async () => {
      await folding.turn();
      return folded([day]);
    },
    (days) => days.length === 1,
  );
  await folding.stop();
  const users = await read(
    `SELECT DISTINCT uniqCombined64Merge(14)(users) AS n FROM clicks_by_day WHERE ${hours} GROUP BY tenant_id, dimensions, device_type, os, browser, country, advertiser_id, campaign_id, ad_id, fraud_reason`,
  );
  expect((users as { n: string }[]).map(({ n }) => Number(n))).toEqual([1]);
});
