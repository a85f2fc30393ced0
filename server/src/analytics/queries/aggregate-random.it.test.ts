import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ClickHouseClient } from '@clickhouse/client';
import { AggregateQuery, type AggregateRow, DIMENSIONS, type Dimension } from '@clickledger/contract';
import { seededRandom } from '@clickledger/traffic';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startEmbeddedClickHouse } from '../../embedded/clickhouse/start.js';
import { silentLog } from '../../lib/log.js';
import { foldAll, rollupsAt } from '../../testing/fold.js';
import { openAnalytics } from '../client.js';
import { migrateAnalytics } from '../migrate.js';
import { fold } from '../rollups/fold.js';
import { aggregate } from './aggregate.js';
import { FoldedDays } from './folded-days.js';
import type { Rollups } from './rollups.js';

/** Any filters, groupings, ranges and orders, held against counting the raw rows one by one. */
const DAY = 86_400_000;
const FROM = Date.UTC(2026, 9, 29, 13, 5, 7, 250);
const TO = FROM + 5 * DAY; // over the end of a month: two partitions
const VALUES: Record<Dimension, string[]> = {
  campaign_id: ['spring', 'Summer', "o'hara"],
  advertiser_id: ['acme', 'globex'],
  ad_id: ['ad-1', 'ad-2', 'AD-3', 'ad-10'],
  country: ['DE', 'US', ''],
  device_type: ['mobile', 'desktop', ''],
  os: ['iOS', 'Android', 'Windows', ''],
  browser: ['Chrome', 'Safari', ''],
  fraud_reason: ['', 'velocity_ip', 'bot_user_agent'],
};
type Click = Record<Dimension, string> & { at: number; user: number; flagged: boolean; cost: number };

/** Of them, these are folded; the last chunks are not, and have clicks of any time. */
const CHUNKS = 8;
const MARKS = { minutes: 6, pairs: 5 };

/** The same clicks on every run. */
const random = seededRandom(7);
const pick = <T>(list: readonly T[]) => list[Math.floor(random() * list.length)] as T;
const clicks: Click[] = Array.from({ length: 4_000 }, () => {
  const values = Object.fromEntries(DIMENSIONS.map((dimension) => [dimension, pick(VALUES[dimension])]));
  if (random() < 0.7) values.fraud_reason = '';
  return {
    ...(values as Record<Dimension, string>),
    at: Math.floor(FROM + random() * (TO - FROM)),
    // So few that a sketch counts them exactly. 0: nobody knows who.
    user: Math.max(0, Math.floor(random() * 160) - 10),
    flagged: values.fraud_reason !== '',
    cost: Math.floor(random() * 1_000_000),
  };
});

const dataDir = mkdtempSync(join(tmpdir(), 'clickledger-test-aggregate-'));
let engine: Awaited<ReturnType<typeof startEmbeddedClickHouse>>;
let client: ClickHouseClient;
let rollups: Rollups;
beforeAll(async () => {
  engine = await startEmbeddedClickHouse({ dataDir, password: 'x'.repeat(20), log: silentLog });
  const server = openAnalytics(engine, 'default');
  client = openAnalytics(engine);
  await migrateAnalytics(server, client);
  await server.close();
  for (let i = 0; i < clicks.length; i += 1_000)
    await client.insert({
      table: 'click_events',
      format: 'JSONEachRow',
      values: clicks.slice(i, i + 1_000).map(({ at, user, flagged, cost, ...dimensions }, j) => ({
        ...dimensions,
        tenant_id: 1,
        chunk_id: 1 + ((i + j) % CHUNKS),
        click_id: `00000000-0000-4000-8000-${String(i + j).padStart(12, '0')}`,
        clicked_at: new Date(at).toISOString().replace('T', ' ').replace('Z', ''),
        visitor_key: user,
        is_fraudulent: Number(flagged),
        fraud_reasons: dimensions.fraud_reason,
        cost_micros: cost,
      })),
    });
  // Another tenant's clicks, which no answer may hold.
  await client.command({
    query: 'INSERT INTO click_events SELECT * REPLACE (2 AS tenant_id) FROM click_events',
  });
  await fold(client, 'minutes', { from: 0, to: 3 });
  await fold(client, 'pairs', { from: 0, to: MARKS.pairs });
  await fold(client, 'minutes', { from: 3, to: MARKS.minutes });
  // The last whole day is left to be read from its hours.
  expect(await foldAll(engine, client, TO - DAY)).toBe(4);
  rollups = rollupsAt(MARKS, new FoldedDays(client));
});
afterAll(async () => {
  await client?.close();
  await engine?.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

/** The zones of this test are off UTC by a whole number of minutes in these days. */
const ZONES: Record<string, number> = { UTC: 0, 'Asia/Kolkata': 330, 'America/Bogota': -300 };
const BUCKET = { minute: 60_000, hour: 3_600_000, day: DAY };

/** What the answer must be, before order and pages. */
function countOneByOne(query: AggregateQuery): AggregateRow[] {
  const [start, end] = [Date.parse(query.start_time), Date.parse(query.end_time)];
  const groupBy = query.group_by ?? [];
  const found = new Map<string, { row: AggregateRow; users: Set<number> }>();
  for (const click of clicks) {
    if (click.at < start || click.at >= end) continue;
    if (DIMENSIONS.some((name) => query[name] && !query[name].includes(click[name]))) continue;
    if (DIMENSIONS.some((name) => query[`not_${name}`]?.includes(click[name]))) continue;
    const needle = query.search?.toLowerCase();
    if (needle && !click[groupBy[0] as Dimension].toLowerCase().includes(needle)) continue;
    const shift = (ZONES[query.timezone] ?? 0) * 60_000;
    const width = query.granularity === 'total' ? 0 : BUCKET[query.granularity];
    const bucket = width === 0 ? start : Math.floor((click.at + shift) / width) * width - shift;
    const groups = Object.fromEntries(groupBy.map((name) => [name, click[name as Dimension]]));
    const key = JSON.stringify([bucket, groups]);
    const entry = found.get(key) ?? {
      row: {
        time_bucket: new Date(bucket).toISOString(),
        ...{
          clicks: 0,
          unique_users: 0,
          clicks_without_visitor: 0,
          fraud_count: 0,
          billable_count: 0,
          cost_micros: 0,
        },
        ...groups,
      },
      users: new Set(),
    };
    entry.row.clicks++;
    if (click.user === 0) entry.row.clicks_without_visitor++;
    else entry.row.unique_users = entry.users.add(click.user).size;
    if (click.flagged) entry.row.fraud_count++;
    else {
      entry.row.billable_count++;
      entry.row.cost_micros += click.cost;
    }
    found.set(key, entry);
  }
  return [...found.values()].map(({ row }) => row);
}

const sorted = (rows: AggregateRow[]) =>
  rows.map((row) => JSON.stringify(row, Object.keys(row).sort())).sort();

const filter = fc.constantFrom(...DIMENSIONS).chain((dimension) =>
  fc.record({
    name: fc.constantFrom<`${'' | 'not_'}${Dimension}`>(dimension, `not_${dimension}`),
    values: fc
      .uniqueArray(fc.constantFrom(...VALUES[dimension]), { minLength: 1, maxLength: 3 })
      // An empty id can't be asked for.
      .map((values) => (dimension.endsWith('_id') ? values.filter((value) => value !== '') : values)),
  }),
);
const range = fc
  .tuple(fc.integer({ min: FROM, max: TO }), fc.integer({ min: FROM, max: TO }), fc.boolean())
  // Half of them at whole hours, where no piece is read from the raw clicks.
  .map(([x, y, whole]) => [x, y].map((ms) => (whole ? Math.floor(ms / 3_600_000) * 3_600_000 : ms)))
  .map(([x = 0, y = 0]) => [Math.min(x, y), Math.max(x, y) + 1] as const);
const anyQuery = fc
  .record({
    range,
    filters: fc.array(filter, { maxLength: 3 }),
    group_by: fc.uniqueArray(fc.constantFrom(...DIMENSIONS), { maxLength: 3 }),
    granularity: fc.constantFrom('minute', 'hour', 'day', 'total', 'total'),
    timezone: fc.constantFrom(...Object.keys(ZONES)),
  })
  .map(({ range: [start, end], filters, group_by, granularity, timezone }) =>
    AggregateQuery.parse({
      start_time: new Date(start).toISOString(),
      end_time: new Date(end).toISOString(),
      ...Object.fromEntries(filters.map(({ name, values }) => [name, values])),
      ...(group_by.length > 0 ? { group_by: group_by.join(',') } : {}),
      granularity,
      timezone,
    }),
  );

it('any filters, groups, range, granularity and zone: the figures of counting one by one', async () => {
  const sources = new Set<string>();
  await fc.assert(
    fc.asyncProperty(anyQuery, async (query) => {
      const reply = await aggregate(client, 1, query, rollups);
      for (const source of reply.sources) sources.add(source);
      expect(sorted(reply.data)).toEqual(sorted(countOneByOne(query)));
    }),
    { numRuns: 80, seed: 20_261_124 },
  );
  expect([...sources].sort()).toEqual([
    'click_events',
    'clicks_by_day',
    'clicks_by_hour',
    'clicks_by_minute',
  ]);
});

it('any order: the pages together are every group once, in that order', async () => {
  const page = fc.record({
    query: anyQuery,
    group: fc.constantFrom(...DIMENSIONS),
    order_by: fc.constantFrom(
      'clicks' as const,
      'unique_users' as const,
      'fraud_count' as const,
      'billable_count' as const,
      'cost_micros' as const,
      'name' as const,
    ),
    limit: fc.integer({ min: 1, max: 3 }),
    search: fc.constantFrom(undefined, 'A', 'd-1', "'", '%', 'o'),
  });
  await fc.assert(
    fc.asyncProperty(page, async ({ query, group, order_by, limit, search }) => {
      const top: AggregateQuery = {
        ...query,
        granularity: 'total',
        group_by: [group],
        order_by,
        limit,
        search,
      };
      const expected = countOneByOne(top);
      const pages: AggregateRow[] = [];
      for (let offset = 0; offset < expected.length + limit; offset += limit)
        pages.push(...(await aggregate(client, 1, { ...top, offset }, rollups)).data);
      expect(sorted(pages)).toEqual(sorted(expected));
      const figures = pages.map((row) => (order_by === 'name' ? 0 : -row[order_by]));
      expect(figures).toEqual([...figures].sort((x, y) => x - y));
      if (order_by === 'name')
        expect(pages.map((row) => row[group])).toEqual(pages.map((row) => row[group]).sort());
    }),
    { numRuns: 12, seed: 20_261_124 },
  );
});

it('an adjustment is a delta: rows of a rollup add up, negative ones too', async () => {
  const query = AggregateQuery.parse({
    start_time: '2026-10-30T00:00:00Z',
    end_time: '2026-10-31T00:00:00Z',
    granularity: 'total',
  });
  const before = (await aggregate(client, 1, query, rollups)).data[0];
  await client.command({
    query: `INSERT INTO clicks_by_day (tenant_id, dimensions, bucket, fraud, cost_micros) VALUES (1, 0, '2026-10-30 00:00:00', -3, 700)`,
  });
  const after = (await aggregate(client, 1, query, rollups)).data[0];
  expect(after).toEqual({
    ...before,
    fraud_count: (before?.fraud_count ?? 0) - 3,
    billable_count: (before?.billable_count ?? 0) + 3,
    cost_micros: (before?.cost_micros ?? 0) + 700,
  });
});

it('a top list by several dimensions knows the users of each group, however many combinations their values have', async () => {
  // 400 ads in 300 countries, by one of two browsers each: 120,000 combinations of one click, of which every 117th has two more. Their
  // ads and countries are all there are: any of them together would be more rows than an answer may have.
  await client.command({
    query: `INSERT INTO click_events (tenant_id, chunk_id, click_id, clicked_at, visitor_key, ad_id, country, browser)
      SELECT 7, 100, generateUUIDv4(), toDateTime64('2026-10-30 12:00:00', 3, 'UTC'), 1 + cityHash64(number, copy) % 1000000000,
        toString(number % 400), toString(intDiv(number, 400)), if(number % 7 = 0, 'Chrome', 'Safari')
      FROM numbers(120000) ARRAY JOIN if(number % 117 = 0, [1, 2, 3], [1]) AS copy`,
  });
  for (const rollup of ['minutes', 'pairs'] as const) await fold(client, rollup, { from: 99, to: 100 });
  for (const groupBy of ['ad_id,country', 'ad_id,country,browser'])
    for (const range of ['2026-10-30T12:00:00Z', '2026-10-30T11:59:59.500Z']) {
      const query = AggregateQuery.parse({
        start_time: range,
        end_time: '2026-10-30T13:00:00Z',
        granularity: 'total',
        group_by: groupBy,
        limit: '1000',
      });
      const asked: string[] = [];
      const watched = {
        query: (one: { query: string }) => {
          asked.push(one.query);
          return client.query(one);
        },
      } as unknown as ClickHouseClient;
      const { data } = await aggregate(watched, 7, query, rollupsAt({ minutes: 100, pairs: 100 }));
      // Groups, then the users of these groups: no third question makes up for rows that were cut off.
      expect(asked.filter((sql) => !sql.includes('dropped_months'))).toHaveLength(2);
      expect(data).toHaveLength(1_000);
      expect(new Set(data.map(({ clicks, unique_users }) => `${clicks} ${unique_users}`))).toEqual(
        new Set(['3 3']),
      );
    }
});
