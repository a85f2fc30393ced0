import { createHash, randomUUID } from 'node:crypto';
import type { AggregateReply } from '@clickledger/contract';
import { seededRandom } from '@clickledger/traffic';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NO_FACTS } from '../../click/facts.js';
import { toImportBatch } from '../../ingest/import-wire.js';
import { startTestSystem, type TestSystem } from '../../testing/system.js';

const AGGREGATE = '/api/v1/analytics/aggregate';
const HOUR = 3_600_000;
/** Europe put its clocks back on 25 October 2026, Lord Howe forward by half an hour on 4 October. */
const FROM = Date.UTC(2026, 9, 2, 21, 17, 43, 210);
const TO = Date.UTC(2026, 9, 28, 3, 41, 12, 987);

/** The same clicks on every run. */
const random = seededRandom(42);
const pick = <T>(list: readonly T[]) => list[Math.floor(random() * list.length)] as T;

const clicks = Array.from({ length: 6_000 }, () => {
  const campaign = Math.floor(random() * 5);
  const user = Math.floor(random() * 150); // few enough for their counts to be exact
  return {
    tenantId: 1,
    clickId: randomUUID(),
    mayRepeat: true,
    adId: `ad-${campaign}-${Math.floor(random() * 3)}`,
    campaignId: `camp-${campaign}`,
    advertiserId: `adv-${campaign % 2}`,
    userId: `user-${user}`,
    ipHash: null,
    visitorKey: (user + 1).toString(16).padStart(16, '0'),
    clickedAtMs: Math.floor(FROM - 6 * HOUR + random() * (TO - FROM + 12 * HOUR)),
    country: pick(['DE', 'US', 'IN', '']),
    deviceType: pick(['mobile', 'desktop', 'tablet', ''] as const),
    os: pick(['iOS', 'Android', 'Windows']),
    browser: pick(['Chrome', 'Safari']),
    userAgent: '',
    referrer: '',
    facts: NO_FACTS,
  };
});
type Click = (typeof clicks)[number];

let system: TestSystem;
beforeAll(async () => {
  system = await startTestSystem();
  for (let i = 0; i < clicks.length; i += 1_000)
    expect(
      (await system.post('/api/v1/admin/import', toImportBatch(clicks.slice(i, i + 1_000)))).statusCode,
    ).toBe(202);
  await system.folded();
});
afterAll(() => system?.close());

const iso = (ms: number) => new Date(ms).toISOString();
const query = (parameters: Record<string, string>) =>
  system.get<AggregateReply>(`${AGGREGATE}?${new URLSearchParams(parameters)}`);

/** The wall clock in a zone by the runtime's own time zone data, as parts. A formatter takes long to make, so each is made once. */
const formatOf = memoized(
  (timeZone: string) =>
    new Intl.DateTimeFormat('en-CA', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      timeZoneName: 'longOffset',
    }),
);
/** By zone: what its wall clock shows in a minute since 1970. */
const wallClockIn = memoized((zone: string) =>
  memoized((minute: number) => {
    const shown = formatOf(zone).formatToParts(minute * 60_000);
    const parts = Object.fromEntries(shown.map(({ type, value }) => [type, value]));
    return {
      day: `${parts.year}-${parts.month}-${parts.day}`,
      hour: parts.hour ?? '',
      minute: parts.minute ?? '',
      offset: parts.timeZoneName ?? '',
    };
  }),
);
function memoized<K, V>(make: (key: K) => V): (key: K) => V {
  const made = new Map<K, V>();
  return (key) => {
    const value = made.get(key) ?? make(key);
    made.set(key, value);
    return value;
  };
}

function keyOf(ms: number, granularity: string, zone: string): string {
  const { day, hour, minute, offset } = wallClockIn(zone)(Math.floor(ms / 60_000));
  if (granularity === 'day') return day;
  if (granularity === 'hour') return `${day} ${hour} ${offset}`;
  return `${day} ${hour}:${minute} ${offset}`;
}

const FIELDS = {
  campaign_id: 'campaignId',
  advertiser_id: 'advertiserId',
  ad_id: 'adId',
  country: 'country',
  device_type: 'deviceType',
  os: 'os',
  browser: 'browser',
} as const satisfies Record<string, keyof Click>;
type Field = keyof typeof FIELDS;

/** What the answer must be, counted one click at a time. */
function bruteForce(
  from: number,
  to: number,
  granularity: string,
  zone: string,
  filters: Partial<Record<Field, string>>,
  groupBy: Field[],
) {
  const found = new Map<string, { clicks: number; users: Set<string> }>();
  for (const click of clicks) {
    if (click.clickedAtMs < from || click.clickedAtMs >= to) continue;
    if (Object.entries(filters).some(([name, value]) => click[FIELDS[name as Field]] !== value)) continue;
    const bucket = granularity === 'total' ? 'total' : keyOf(click.clickedAtMs, granularity, zone);
    const key = [bucket, ...groupBy.map((name) => click[FIELDS[name]])].join('|');
    const entry = found.get(key) ?? { clicks: 0, users: new Set() };
    entry.clicks++;
    entry.users.add(click.visitorKey);
    found.set(key, entry);
  }
  return Object.fromEntries(
    [...found].map(([key, { clicks, users }]) => [key, { clicks, users: users.size }]),
  );
}

function answered(reply: AggregateReply, granularity: string, zone: string, groupBy: Field[]) {
  return Object.fromEntries(
    reply.data.map((row) => {
      const ms = Date.parse(row.time_bucket);
      const bucket = granularity === 'total' ? 'total' : keyOf(ms, granularity, zone);
      return [
        [bucket, ...groupBy.map((name) => row[name])].join('|'),
        { clicks: row.clicks, users: row.unique_users },
      ];
    }),
  );
}

describe('agrees with counting the clicks one by one', () => {
  const zones = ['UTC', 'Europe/Berlin', 'Asia/Kolkata', 'Australia/Lord_Howe', 'America/St_Johns'];
  const granularities = ['minute', 'hour', 'day', 'total'];
  const shapes: { filters: Partial<Record<Field, string>>; groupBy: Field[] }[] = [
    { filters: {}, groupBy: [] },
    { filters: { campaign_id: 'camp-1' }, groupBy: [] },
    { filters: {}, groupBy: ['campaign_id'] },
    { filters: { campaign_id: 'camp-2' }, groupBy: ['ad_id'] },
    { filters: { country: 'DE' }, groupBy: ['campaign_id'] },
    { filters: {}, groupBy: ['country', 'device_type'] }, // no rollup has it: the raw clicks
    { filters: { os: 'iOS', device_type: '' }, groupBy: ['advertiser_id', 'browser', 'country'] },
    { filters: { advertiser_id: 'adv-1' }, groupBy: [] },
  ];
  const cases = zones.flatMap((zone) =>
    granularities
      // The half hour that Lord Howe skips has no hour of its own to be told apart by.
      .filter((granularity) => zone !== 'Australia/Lord_Howe' || granularity !== 'hour')
      .map((granularity) => ({ zone, granularity })),
  );
  it.each(cases)('$granularity in $zone, ragged range, every shape', async ({ zone, granularity }) => {
    for (const { filters, groupBy } of shapes) {
      const reply = await query({
        start_time: iso(FROM),
        end_time: iso(TO),
        granularity,
        timezone: zone,
        ...filters,
        ...(groupBy.length > 0 ? { group_by: groupBy.join(',') } : {}),
      });
      const expected = bruteForce(FROM, TO, granularity, zone, filters, groupBy);
      expect(answered(reply, granularity, zone, groupBy)).toEqual(expected);
      expect(reply.total_clicks).toBe(Object.values(expected).reduce((sum, { clicks }) => sum + clicks, 0));
    }
  });

  it('over random ranges, some shorter than a minute', async () => {
    for (let i = 0; i < 40; i++) {
      const from = Math.floor(FROM + random() * (TO - FROM));
      const to = from + 1 + Math.floor(random() ** 4 * (TO - from));
      const granularity = pick(granularities);
      const zone = pick(zones.filter((name) => name !== 'Australia/Lord_Howe'));
      const reply = await query({ start_time: iso(from), end_time: iso(to), granularity, timezone: zone });
      expect(answered(reply, granularity, zone, [])).toEqual(bruteForce(from, to, granularity, zone, {}, []));
    }
  });
});

it('a day bucket starts at local midnight, on days of 25 hours too, and fill adds the empty ones', async () => {
  const start = Date.UTC(2026, 9, 23, 22);
  const reply = await query({
    start_time: iso(start),
    end_time: iso(Date.UTC(2026, 9, 26, 23)),
    granularity: 'day',
    timezone: 'Europe/Berlin',
    campaign_id: 'nobody',
    fill: 'true',
  });
  expect(reply.data.map((row) => row.time_bucket)).toEqual([
    '2026-10-23T22:00:00.000Z',
    '2026-10-24T22:00:00.000Z',
    '2026-10-25T23:00:00.000Z',
  ]);
  expect(reply.total_clicks).toBe(0);
});

it.each([
  ['America/Havana', Date.UTC(2026, 9, 30, 12)],
  ['America/Santiago', Date.UTC(2026, 8, 4, 12)],
  ['Africa/Cairo', Date.UTC(2026, 9, 28, 12)],
  ['Asia/Beirut', Date.UTC(2026, 2, 27, 12)],
])('where clocks change at midnight, empty days begin where days with clicks do: %s', async (zone, start) => {
  const end = start + 96 * HOUR;
  const reply = await query({
    start_time: iso(start),
    end_time: iso(end),
    granularity: 'day',
    timezone: zone,
    campaign_id: 'nobody',
    fill: 'true',
  });
  const days = await system.analytics?.query({
    query: `SELECT DISTINCT toUnixTimestamp(toStartOfDay(toDateTime({start:UInt32} + 60 * number, 'UTC'), {zone:String})) AS day
FROM numbers({minutes:UInt32}) ORDER BY day`,
    query_params: { start: start / 1_000, zone, minutes: (end - start) / 60_000 },
    format: 'JSONEachRow',
  });
  const expected = (await days?.json<{ day: number }>())?.map(({ day }) => iso(day * 1_000));
  expect(reply.data.map((row) => row.time_bucket)).toEqual(expected);
});

it('there are never more users than clicks, although a sketch estimates more', async () => {
  // After all others, so that they see none of it. Each click is of a visitor of its own.
  const [from, hours, each] = [Date.UTC(2026, 9, 29), 6, 2_000];
  const [first] = clicks;
  if (!first) throw new Error('no click');
  for (let hour = 0; hour < hours; hour++) {
    const crowd = Array.from({ length: each }, (_, i) => ({
      ...first,
      clickId: randomUUID(),
      campaignId: 'crowded',
      visitorKey: createHash('sha256').update(`${hour} ${i}`).digest('hex').slice(0, 16),
      clickedAtMs: from + hour * HOUR + i,
    }));
    for (let i = 0; i < each; i += 1_000)
      expect(
        (await system.post('/api/v1/admin/import', toImportBatch(crowd.slice(i, i + 1_000)))).statusCode,
      ).toBe(202);
  }
  await system.folded();
  const estimates = await system.analytics?.query({
    query: `SELECT uniqCombined64(14)(visitor_key) AS users FROM click_events
WHERE campaign_id = 'crowded' GROUP BY toStartOfHour(clicked_at)`,
    format: 'JSONEachRow',
    clickhouse_settings: { output_format_json_quote_64bit_integers: 0 },
  });
  const raw = (await estimates?.json<{ users: number }>())?.map(({ users }) => users) ?? [];
  expect(raw).toHaveLength(hours);
  expect(Math.max(...raw)).toBeGreaterThan(each);
  const shown = { start_time: iso(from), end_time: iso(from + hours * HOUR), campaign_id: 'crowded' };
  for (const more of [{ granularity: 'hour' }, { granularity: 'hour', group_by: 'ad_id' }]) {
    const { data } = await query({ ...shown, ...more });
    expect(data.map(({ clicks: count, unique_users: users }) => [count, users <= count])).toEqual(
      Array(hours).fill([each, true]),
    );
  }
});

it('total with a limit gives the largest groups, largest first', async () => {
  const reply = await query({
    start_time: iso(FROM),
    end_time: iso(TO),
    granularity: 'total',
    group_by: 'campaign_id',
    limit: '2',
  });
  const all = bruteForce(FROM, TO, 'total', 'UTC', {}, ['campaign_id']);
  const largest = Object.values(all)
    .map(({ clicks }) => clicks)
    .sort((x, y) => y - x)
    .slice(0, 2);
  expect(reply.data.map((row) => row.clicks)).toEqual(largest);
});

describe('wrong parameters name the parameter', () => {
  const range = { start_time: iso(FROM), end_time: iso(TO) };
  const wrongs: [string, Record<string, string>][] = [
    ['start_time', { end_time: iso(TO) }],
    ['end_time', { start_time: iso(FROM) }],
    ['end_time', { start_time: iso(TO), end_time: iso(FROM) }],
    ['start_time', { ...range, start_time: '2026-13-01T00:00:00Z' }],
    ['granularity', { ...range, granularity: 'week' }],
    ['granularity', { start_time: '2020-01-01T00:00:00Z', end_time: iso(TO), granularity: 'minute' }],
    ['group_by', { ...range, group_by: 'ad_id,ad_id' }],
    ['group_by', { ...range, group_by: 'user_id' }],
    ['group_by', { ...range, group_by: 'ad_id,os,browser,country' }],
    ['timezone', { ...range, timezone: "UTC'); DROP TABLE click_events" }],
    ['timezone', { ...range, timezone: 'Mars/Olympus' }],
    ['campaign_id', { ...range, campaign_id: '' }],
    ['country', { ...range, country: 'Germany' }],
    ['device_type', { ...range, device_type: 'fridge' }],
    ['fill', { ...range, fill: 'yes' }],
    ['fill', { ...range, fill: 'true', group_by: 'ad_id' }],
    ['limit', { ...range, limit: '5' }],
    ['limit', { ...range, granularity: 'total', limit: '0' }],
  ];
  it.each(wrongs)('%s: %j', async (field, parameters) => {
    const response = await system.app.inject(`${AGGREGATE}?${new URLSearchParams(parameters)}`);
    expect(response.statusCode).toBe(400);
    const { fieldErrors } = response.json().error;
    expect(Object.keys(fieldErrors).map((name) => name.split('.')[0])).toContain(field);
  });

  it('an unknown parameter is refused, not ignored: a typo in a filter must not widen the answer', async () => {
    const response = await system.app.inject(
      `${AGGREGATE}?${new URLSearchParams({ ...range, campain_id: 'x' })}`,
    );
    expect(response.statusCode).toBe(400);
    expect(response.body).toContain('campain_id');
  });

  it.each(["' OR 1=1 --", '\\', '{x:String}', '"; SELECT 1', '\u0001', "a'b\\'c", '%', '😀'])(
    'a value is a value, whatever it holds: %j',
    async (value) => {
      const reply = await query({ ...range, granularity: 'total', campaign_id: value });
      expect(reply.data).toEqual([]);
    },
  );
});
