import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ClickHouseClient } from '@clickhouse/client';
import {
  AggregateQuery,
  type AggregateRow,
  CONVERSION_METRICS,
  DIMENSIONS,
  TIME_TO_CONVERT_BOUNDS,
  TimeToConvertQuery,
} from '@clickledger/contract';
import { seededRandom } from '@clickledger/traffic';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startEmbeddedClickHouse } from '../../embedded/clickhouse/start.js';
import { silentLog } from '../../lib/log.js';
import { rollupsAt } from '../../testing/fold.js';
import { openAnalytics } from '../client.js';
import { migrateAnalytics } from '../migrate.js';
import { fold } from '../rollups/fold.js';
import { aggregate } from './aggregate.js';
import { timeToConvert } from './time-to-convert.js';

/** Figures of conversions for any question, held against counting them one by one; those of clicks beside them are what they are alone. */
const DAY = 86_400_000;
const FROM = Date.UTC(2026, 9, 29, 13, 5, 7, 250);
const TO = FROM + 4 * DAY; // over the end of a month: two partitions
const OF_CLICKS = DIMENSIONS.filter((name) => name !== 'fraud_reason');
type OfClicks = (typeof OF_CLICKS)[number];
const VALUES: Record<OfClicks, string[]> = {
  campaign_id: ['spring', 'Summer', "o'hara"],
  advertiser_id: ['acme', 'globex'],
  ad_id: ['ad-1', 'ad-2', 'ad-9'],
  country: ['DE', 'US', ''],
  device_type: ['mobile', ''],
  os: ['iOS', 'Windows', ''],
  browser: ['Chrome', 'Safari'],
};
const STATUSES = ['attributed', 'attributed', 'unattributed', 'waiting', 'retracted'] as const;

type Click = Record<OfClicks, string> & { at: number };
/** A state of a conversion: by valid clicks alone, and by all clicks. */
interface State {
  status: string;
  action: string;
  at: number;
  currency: string;
  value: bigint;
  click: Click | null;
  anyClick: Click | null;
}

const random = seededRandom(21);
const pick = <T>(list: readonly T[]) => list[Math.floor(random() * list.length)] as T;
const anyClick = (before: number): Click => ({
  ...(Object.fromEntries(OF_CLICKS.map((name) => [name, pick(VALUES[name])])) as Record<OfClicks, string>),
  // Some a second before, some days.
  at: Math.floor(before - random() ** 6 * 3 * DAY),
});
function anyState(before?: State): State {
  const status = pick(STATUSES);
  const at = before?.at ?? Math.floor(FROM + random() * (TO - FROM));
  const last = random() < 0.7 ? anyClick(at) : null;
  const isValid = random() < 0.7;
  return {
    status,
    at,
    action: before?.action ?? pick(['sale', 'lead']),
    currency: pick(['EUR', 'USD']),
    value: BigInt(Math.floor(random() * 1e9)) * (random() < 0.1 ? 1_000_000n : 1n),
    click: status === 'attributed' ? (isValid && last ? last : anyClick(at)) : null,
    anyClick: status === 'waiting' ? null : last,
  };
}
const histories = Array.from({ length: 700 }, () => {
  const first = anyState();
  return Array.from({ length: 1 + Math.floor(random() * 3) }).reduce<State[]>(
    (states) => [...states, anyState(states.at(-1))],
    [first],
  );
});
const current = histories.map((states) => states.at(-1) as State);

/** What each view says of a state. */
const viewsOf = (state: State) => {
  const own = { ...state, views: 3 };
  if (!state.anyClick || state.anyClick === state.click) return [own];
  const status = state.status === 'retracted' ? 'retracted' : 'attributed';
  return [
    { ...own, views: 1 },
    { ...own, views: 2, status, click: state.anyClick },
  ];
};
const iso = (ms: number) => new Date(ms).toISOString().replace('T', ' ').replace('Z', '');
const rowsOf = (state: State, sign: number, id: number, revision: number) =>
  viewsOf(state).flatMap(({ views, status, click }) =>
    [{ basis: 'conversion', at: state.at }, ...(click ? [{ basis: 'click', at: click.at }] : [])].map(
      (when) => ({
        ...(click ?? {}),
        tenant_id: 1,
        basis: when.basis,
        at: iso(when.at),
        conversion_id: `00000000-0000-4000-8000-${String(id).padStart(12, '0')}`,
        chunk_id: 1,
        action: state.action,
        status,
        value_micros: String(state.value),
        currency: state.value === 0n ? '' : state.currency,
        seconds_to_convert: click ? Math.floor((state.at - click.at) / 1_000) : 0,
        views,
        sign,
        revision,
      }),
    ),
  );

const dataDir = mkdtempSync(join(tmpdir(), 'clickledger-test-conversions-'));
let engine: Awaited<ReturnType<typeof startEmbeddedClickHouse>>;
let client: ClickHouseClient;
const rollups = rollupsAt({ minutes: 1, pairs: 1 });
beforeAll(async () => {
  engine = await startEmbeddedClickHouse({ dataDir, password: 'x'.repeat(20), log: silentLog });
  const server = openAnalytics(engine, 'default');
  client = openAnalytics(engine);
  await migrateAnalytics(server, client);
  await server.close();
  const events = histories.flatMap((states, id) =>
    states.flatMap((state, revision) => [
      ...rowsOf(state, 1, id, revision),
      ...(revision < states.length - 1 ? rowsOf(state, -1, id, revision) : []),
    ]),
  );
  await client.insert({ table: 'conversion_events', format: 'JSONEachRow', values: events });
  await client.command({
    query: 'INSERT INTO conversion_events SELECT * REPLACE (2 AS tenant_id) FROM conversion_events',
  });
  await client.insert({
    table: 'click_events',
    format: 'JSONEachRow',
    values: Array.from({ length: 800 }, (_, i) => {
      const { at, ...dimensions } = anyClick(FROM + random() * (TO - FROM));
      const flagged = Number(random() < 0.3);
      return {
        ...dimensions,
        tenant_id: 1,
        chunk_id: 1 + (i % 2),
        click_id: `00000000-0000-4000-8000-${String(i).padStart(12, '0')}`,
        clicked_at: iso(at),
        visitor_key: 1 + (i % 90),
        is_fraudulent: flagged,
        cost_micros: Math.floor(random() * 1e6),
      };
    }),
  });
  for (const rollup of ['minutes', 'pairs'] as const) await fold(client, rollup, { from: 0, to: 1 });
});
afterAll(async () => {
  await client?.close();
  await engine?.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

const ZONES: Record<string, number> = { UTC: 0, 'Asia/Kolkata': 330 };
const BUCKET = { minute: 60_000, hour: 3_600_000, day: DAY };
type Asked = Pick<AggregateQuery, 'start_time' | 'end_time' | 'conversion_time' | 'attribution' | 'action'> &
  Partial<Pick<AggregateQuery, OfClicks | `not_${OfClicks}`>>;

/** The states that a question is about, each with the time it counts at. */
const askedFor = (query: Asked) =>
  current.flatMap(viewsOf).flatMap((state) => {
    const { click, action, views } = state;
    const at = query.conversion_time === 'click' ? click?.at : state.at;
    if (at === undefined || at < Date.parse(query.start_time) || at >= Date.parse(query.end_time)) return [];
    if (!(views & (query.attribution === 'all_clicks' ? 2 : 1))) return [];
    if (query.action && !query.action.includes(action)) return [];
    const nameOf = (name: OfClicks) => click?.[name] ?? '';
    if (OF_CLICKS.some((name) => query[name] && !query[name].includes(nameOf(name)))) return [];
    if (OF_CLICKS.some((name) => query[`not_${name}`]?.includes(nameOf(name)))) return [];
    return [{ ...state, counts_at: at, nameOf }];
  });

/** The answer without conversions, and with them counted one by one. */
async function expected(query: AggregateQuery): Promise<AggregateRow[]> {
  const { metrics: _, limit: _limit, order_by: _order, ...alone } = query;
  const { data } = await aggregate(client, 1, { ...alone, offset: 0 }, rollups);
  const groupBy = (query.group_by ?? []) as OfClicks[];
  const start = Date.parse(query.start_time);
  const keyOf = (bucket: string, groups: object) => JSON.stringify([bucket, ...Object.values(groups)]);
  const groupsOf = (nameOf: (name: OfClicks) => string) =>
    Object.fromEntries(groupBy.map((name) => [name, nameOf(name)]));
  const found = new Map(
    data.map((row) => [
      keyOf(
        row.time_bucket,
        groupsOf((name) => row[name] ?? ''),
      ),
      { row, states: [] as ReturnType<typeof askedFor> },
    ]),
  );
  for (const state of askedFor(query)) {
    if (state.status === 'retracted') continue;
    const needle = query.search?.toLowerCase();
    if (
      needle &&
      !state
        .nameOf(groupBy[0] as OfClicks)
        .toLowerCase()
        .includes(needle)
    )
      continue;
    const shift = (ZONES[query.timezone] ?? 0) * 60_000;
    const width = query.granularity === 'total' ? 0 : BUCKET[query.granularity];
    const bucket = new Date(
      width === 0 ? start : Math.floor((state.counts_at + shift) / width) * width - shift,
    ).toISOString();
    const groups = groupsOf(state.nameOf);
    const key = keyOf(bucket, groups);
    const none = {
      clicks: 0,
      unique_users: 0,
      clicks_without_visitor: 0,
      fraud_count: 0,
      billable_count: 0,
      cost_micros: 0,
    };
    const entry = found.get(key) ?? { row: { time_bucket: bucket, ...none, ...groups }, states: [] };
    entry.states.push(state);
    found.set(key, entry);
  }
  return [...found.values()].map(({ row, states }) => {
    const attributed = states.filter(({ status }) => status === 'attributed');
    const worth = (currency: string) =>
      attributed.filter((one) => one.currency === currency).reduce((sum, one) => sum + one.value, 0n);
    const of = (status: string) => states.filter((one) => one.status === status).length;
    return {
      ...row,
      conversions: attributed.length,
      conversions_unattributed: of('unattributed'),
      conversions_waiting: of('waiting'),
      conversion_values: ['EUR', 'USD']
        .filter((currency) => worth(currency) !== 0n)
        .map((currency) => ({
          currency,
          value_micros: Number(worth(currency)),
          value: expect.stringMatching(/^\d+(\.\d*[1-9])?$/),
        })),
      cvr: row.billable_count > 0 ? attributed.length / row.billable_count : null,
      cpa_micros: attributed.length > 0 ? Math.round(row.cost_micros / attributed.length) : null,
      roas: row.cost_micros > 0 ? Number(worth('EUR')) / row.cost_micros : null,
    };
  });
}

const inOrder = (rows: AggregateRow[]) =>
  rows.toSorted((a, b) => {
    const key = (row: AggregateRow) =>
      JSON.stringify([row.time_bucket, ...OF_CLICKS.map((name) => row[name])]);
    return key(a) < key(b) ? -1 : 1;
  });
const filter = fc.constantFrom(...OF_CLICKS).chain((dimension) =>
  fc.record({
    name: fc.constantFrom<`${'' | 'not_'}${OfClicks}`>(dimension, `not_${dimension}`),
    values: fc.uniqueArray(fc.constantFrom(...VALUES[dimension]), { minLength: 1, maxLength: 2 }),
  }),
);
const asked = fc
  .record({
    // Half of them at whole hours, where no piece is read from the raw conversions.
    range: fc
      .tuple(fc.integer({ min: FROM, max: TO }), fc.integer({ min: FROM, max: TO }), fc.boolean())
      .map(([x, y, whole]) => [x, y].map((ms) => (whole ? Math.floor(ms / 3_600_000) * 3_600_000 : ms))),
    filters: fc.array(filter, { maxLength: 2 }),
    conversion_time: fc.constantFrom(undefined, 'conversion' as const, 'click' as const),
    attribution: fc.constantFrom(undefined, 'valid_clicks' as const, 'all_clicks' as const),
    action: fc.constantFrom(undefined, ['sale'], ['lead', 'sale']),
  })
  .map(({ range: [x = 0, y = 0], filters, ...rest }) => ({
    start_time: new Date(Math.min(x, y)).toISOString(),
    end_time: new Date(Math.max(x, y) + 1).toISOString(),
    ...Object.fromEntries(filters.map(({ name, values }) => [name, values])),
    ...rest,
  }));
const currencyOf = async () => 'EUR';

it('any question about conversions: the figures of counting one by one, beside the clicks as they are without', async () => {
  const question = fc.record({
    base: asked,
    group_by: fc.uniqueArray(fc.constantFrom(...OF_CLICKS), { maxLength: 2 }),
    granularity: fc.constantFrom('minute', 'hour', 'day', 'total', 'total'),
    timezone: fc.constantFrom(...Object.keys(ZONES)),
  });
  const read = new Set<string>();
  await fc.assert(
    fc.asyncProperty(question, async ({ base, group_by, granularity, timezone }) => {
      const query = AggregateQuery.parse({
        ...base,
        granularity,
        timezone,
        metrics: CONVERSION_METRICS.join(','),
        ...(group_by.length > 0 ? { group_by: group_by.join(',') } : {}),
      });
      const { data, sources } = await aggregate(client, 1, query, rollups, currencyOf);
      for (const source of sources) read.add(source);
      expect(inOrder(data)).toEqual(inOrder(await expected(query)));
    }),
    { numRuns: 40, seed: 20_261_128 },
  );
  expect([...read]).toEqual(expect.arrayContaining(['conversions_by_hour', 'conversion_events']));
});

it('any order by conversions: the pages together are every group once, in that order', async () => {
  const question = fc.record({
    base: asked,
    group: fc.constantFrom(...OF_CLICKS),
    order_by: fc.constantFrom('conversions' as const, 'conversion_value' as const, 'clicks' as const),
    limit: fc.integer({ min: 1, max: 3 }),
    search: fc.constantFrom(undefined, 'A', "'"),
  });
  const euros = (row: AggregateRow) =>
    row.conversion_values?.find(({ currency }) => currency === 'EUR')?.value_micros ?? 0;
  await fc.assert(
    fc.asyncProperty(question, async ({ base, group, order_by, limit, search }) => {
      const query = {
        ...AggregateQuery.parse({ ...base, metrics: CONVERSION_METRICS.join(',') }),
        ...{ granularity: 'total' as const, group_by: [group], order_by, limit, search },
      };
      const all = await expected(query);
      const pages: AggregateRow[] = [];
      for (let offset = 0; offset < all.length + limit; offset += limit)
        pages.push(...(await aggregate(client, 1, { ...query, offset }, rollups, currencyOf)).data);
      expect(inOrder(pages)).toEqual(inOrder(all));
      const figure = (row: AggregateRow) =>
        order_by === 'clicks' ? row.clicks : order_by === 'conversions' ? (row.conversions ?? 0) : euros(row);
      expect(pages.map(figure)).toEqual(pages.map(figure).sort((a, b) => b - a));
    }),
    { numRuns: 8, seed: 20_261_128 },
  );
});

it('the histogram of times to convert, and their median, are those of counting one by one', async () => {
  await fc.assert(
    fc.asyncProperty(asked, async (base) => {
      const query = TimeToConvertQuery.parse(base);
      const seconds = askedFor(query as Asked)
        .filter(({ status }) => status === 'attributed')
        .map(({ at, click }) => Math.floor((at - (click?.at ?? at)) / 1_000))
        .sort((a, b) => a - b);
      const reply = await timeToConvert(client, 1, query);
      expect(reply.conversions).toBe(seconds.length);
      const bounds = [0, ...TIME_TO_CONVERT_BOUNDS, Number.POSITIVE_INFINITY];
      expect(reply.buckets.map((bucket) => bucket.conversions)).toEqual(
        bounds
          .slice(0, -1)
          .map((from, i) => seconds.filter((one) => one >= from && one < (bounds[i + 1] ?? 0)).length),
      );
      const middle = [seconds[Math.floor((seconds.length - 1) / 2)], seconds[Math.floor(seconds.length / 2)]];
      if (seconds.length === 0) expect(reply.median_seconds).toBeNull();
      else expect(middle).toContain(reply.median_seconds);
    }),
    { numRuns: 20, seed: 20_261_128 },
  );
});

it('sums of money are exact beyond what a double holds', async () => {
  await client.insert({
    table: 'conversion_events',
    format: 'JSONEachRow',
    values: Array.from({ length: 11 }, () => ({
      ...{
        tenant_id: 5,
        at: iso(FROM),
        status: 'attributed',
        currency: 'JPY',
        views: 3,
        sign: 1,
        chunk_id: 1,
      },
      value_micros: '999999999999999',
    })),
  });
  const query = AggregateQuery.parse({
    ...{ start_time: new Date(FROM).toISOString(), end_time: new Date(TO).toISOString() },
    ...{ granularity: 'total', metrics: 'conversion_values' },
  });
  const { data } = await aggregate(client, 5, query, rollups);
  expect(data[0]?.conversion_values).toEqual([
    { currency: 'JPY', value_micros: 10_999_999_999_999_988, value: '10999999999.999989' },
  ]);
  // What is not asked for is not there.
  expect(data[0]).not.toHaveProperty('conversions');
});
