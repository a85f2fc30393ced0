import {
  LiveSnapshotEvent,
  type StatsReply,
  StreamErrorEvent,
  StreamResultEvent,
  StreamViewsEvent,
} from '@clickledger/contract';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { EventReader } from '../testing/events.js';
import { aClick, startTestSystem, type TestSystem } from '../testing/system.js';
import { until } from '../testing/wait.js';

let system: TestSystem;
let url: string;
const readers: EventReader[] = [];
beforeAll(async () => {
  system = await startTestSystem();
  url = await system.app.listen({ host: '127.0.0.1', port: 0 });
});
afterEach(async () => {
  for (const reader of readers.splice(0)) reader.close();
  await until(
    () => system.services.live?.streams.size,
    (size) => size === 0,
  );
});
afterAll(() => system?.close());

const open = async (path: string) => {
  const reader = await EventReader.open(`${url}/api/v1${path}`);
  readers.push(reader);
  return reader;
};
const streamOf = (...views: string[]) =>
  open(`/analytics/stream?${views.map((view) => `q=${encodeURIComponent(view)}`).join('&')}`);
const results = (reader: EventReader) => reader.all<StreamResultEvent>('result');
const lastTotal = (reader: EventReader) => results(reader).at(-1)?.reply.total_clicks ?? -1;
const click = (fields = {}) => system.post('/api/v1/clicks', aClick(fields));

it('a view is answered at once, and again when a click came', async () => {
  const reader = await streamOf(
    'range=last_15m&granularity=minute&fill=true',
    'range=last_30d&granularity=total',
  );
  await until(
    () => results(reader).length,
    (count) => count >= 2,
  );
  const { views } = StreamViewsEvent.strict().parse(reader.all('views')[0]);
  expect(views).toHaveLength(2);
  expect(new Set(results(reader).map((one) => one.view))).toEqual(new Set(views));
  const [first] = results(reader).filter((one) => one.view === views[0]);
  expect(StreamResultEvent.parse(first).reply.data).toHaveLength(15);
  const before = lastTotal(reader);
  await click();
  await until(
    () => lastTotal(reader),
    (total) => total > before,
  );
  expect(reader.events.at(-1)?.id).toMatch(/^\d+$/);
});

it('a view that did not change is not sent again', async () => {
  // A range that stands still: one that moves is another answer every minute.
  const day = (ms: number) => new Date(Date.now() + ms).toISOString();
  const range = `granularity=total&start_time=${day(-86_400_000)}&end_time=${day(86_400_000)}`;
  const reader = await streamOf(`${range}&campaign_id=quiet`);
  const other = await streamOf(range);
  await until(
    () => Math.min(results(reader).length, results(other).length),
    (count) => count === 1,
  );
  for (let i = 0; i < 2; i++) {
    const before = lastTotal(other);
    await click();
    await until(
      () => lastTotal(other),
      (total) => total > before,
    );
  }
  await click({ campaign_id: 'quiet' });
  await until(
    () => lastTotal(reader),
    (total) => total === 1,
  );
  expect(results(reader)).toHaveLength(2);
});

it('however many look at the same view, one query is asked', async () => {
  const query = vi.spyOn(system.analytics as NonNullable<typeof system.analytics>, 'query');
  const many = await Promise.all(
    Array.from({ length: 40 }, () =>
      streamOf('granularity=total&range=last_24h', 'range=last_1h&granularity=minute'),
    ),
  );
  await until(
    () => many.every((reader) => results(reader).length >= 2),
    (all) => all,
  );
  await system.caughtUp();
  const asked = () => query.mock.calls.filter(([one]) => String(one.query).includes('uniqCombined64')).length;
  const before = many.map(lastTotal);
  const askedBefore = asked();
  await click();
  await until(
    () => many.every((reader, i) => lastTotal(reader) > (before[i] ?? 0)),
    (all) => all,
  );
  // One chunk, two views: two queries for forty readers (a turn of the minute meanwhile asks them once more).
  expect(asked() - askedBefore).toBeLessThanOrEqual(6);
  const { viewers } = await system.get<StatsReply>('/api/v1/admin/stats');
  expect(viewers).toEqual({ streams: 40, views: 2 });
  expect((await system.app.inject('/metrics')).body).toContain('clickledger_event_streams 40');
  query.mockRestore();
});

it('a range that moves is answered the same when it is asked once, and the answer names its times', async () => {
  const view = 'range=last_week&granularity=total&timezone=Europe%2FBerlin&compare=previous_period';
  const reader = await streamOf(view);
  await until(
    () => results(reader).length,
    (count) => count > 0,
  );
  const { start_time, end_time, reply } = results(reader)[0] as StreamResultEvent;
  expect(reply).toMatchObject({ start_time, end_time });
  expect(await system.get(`/api/v1/analytics/aggregate?${view}`)).toMatchObject({ start_time, end_time });
});

it('a wrong view is named before the stream begins', async () => {
  const wrong = [
    'range=last_0m',
    'granularity=week&range=today',
    'range=today&start_time=2026-01-01T00:00:00Z',
  ];
  const reply = await fetch(
    `${url}/api/v1/analytics/stream?${wrong.map((view) => `q=${encodeURIComponent(view)}`).join('&')}`,
  );
  expect(reply.status).toBe(400);
  const { q } = ((await reply.json()) as { error: { fieldErrors: { q: string[] } } }).error.fieldErrors;
  expect(q.join()).toMatch(/View 1: range.*View 2: granularity.*View 3: range/);
});

it('the live feed gives the last half hour, then what came, counted once', async () => {
  await click();
  await system.caughtUp();
  const reader = await open('/live');
  await until(
    () => reader.all('snapshot').length,
    (count) => count === 1,
  );
  const snapshot = LiveSnapshotEvent.strict().parse(reader.all('snapshot')[0]);
  const totals = new Map<number, number>(snapshot.seconds.map(([second, clicks]) => [second, clicks]));
  const posted = await Promise.all(Array.from({ length: 5 }, () => click({ campaign_id: 'live' })));
  const ids = posted.map((reply) => (reply.json() as { click_id: string }).click_id);
  await until(
    () => reader.all<LiveSnapshotEvent>('clicks').flatMap((event) => event.clicks.map((one) => one.click_id)),
    (seen) => ids.every((id) => seen.includes(id)),
  );
  for (const event of reader.all<LiveSnapshotEvent>('clicks'))
    for (const [second, clicks] of event.seconds) totals.set(second, clicks);
  const sum = [...totals.values()].reduce((all, clicks) => all + clicks, 0);
  const { analytics } = await system.get<StatsReply>('/api/v1/admin/stats');
  await until(
    async () => (await system.get<StatsReply>('/api/v1/admin/stats')).analytics.clicks,
    (clicks) => clicks === sum,
  );
  expect(sum).toBeGreaterThanOrEqual(analytics.clicks);
});

it('a store that goes away is told once, and the figures come back by themselves', async () => {
  const client = system.analytics as NonNullable<typeof system.analytics>;
  const reader = await streamOf('range=last_30d&granularity=total');
  const feed = await open('/live');
  await until(
    () => results(reader).length + feed.all('snapshot').length,
    (count) => count >= 2,
  );
  const before = lastTotal(reader);
  const pid = system.pids.clickhouse();
  if (pid) process.kill(pid, 'SIGKILL');
  await click();
  // The relay delivers only when the engine is back; a new view must ask it now.
  const fresh = await streamOf('range=last_30d&granularity=total&campaign_id=fresh');
  await until(
    () => fresh.events.some((event) => event.name === 'error' || event.name === 'result'),
    (any) => any,
  );
  for (const error of fresh.all('error')) StreamErrorEvent.strict().parse(error);
  await until(
    () => lastTotal(reader),
    (total) => total > before,
  );
  await until(
    () => results(fresh).length,
    (count) => count >= 1,
  );
  await client.ping();
});

it('streams end when the server stops', async () => {
  const reader = await streamOf('range=last_1h&granularity=total');
  const feed = await open('/live');
  await system.app.close();
  await Promise.all([reader.ended, feed.ended]);
  expect(system.services.live?.streams.hasRoom(1)).toBe(false);
});
