import { AggregateQuery, type AggregateReply } from '@clickledger/contract';
import { expect, it } from 'vitest';
import { sleep } from '../lib/backoff.js';
import { aBackground } from '../testing/background.js';
import { until } from '../testing/wait.js';
import { FAILED_WAIT_MS_MAX, SharedViews, VIEWS } from './shared-views.js';
import { parseView } from './stream-view.js';

/** How long the question hangs before it fails, in milliseconds: ten times as long was once waited then. */
const HANGS_MS = 600;

it('a question that hung while the engine was away is asked again as soon as the engine may be back', async () => {
  let nowMs = 0;
  let asked = 0;
  const sent: string[] = [];
  const views = new SharedViews({
    now: () => nowMs,
    mark: async () => 1,
    background: aBackground(),
    ask: async () => {
      if (asked++ > 0) return { data: [] } as unknown as AggregateReply;
      await sleep(HANGS_MS);
      throw new Error('away');
    },
  });
  const query = AggregateQuery.parse({
    start_time: '2026-11-01T00:00:00Z',
    end_time: '2026-11-02T00:00:00Z',
  });
  views.watch(
    { tenantId: 1, key: 'one', fields: null, queryAt: () => query },
    { send: (event) => void sent.push(event.toString().split('\n')[0] ?? '') },
  );
  await until(
    () => sent.length,
    (count) => count === 1,
  );
  nowMs += FAILED_WAIT_MS_MAX + 1;
  await until(
    () => sent.length,
    (count) => count === 2,
  );
  views.stop();
  expect(sent).toEqual(['event: error', 'event: result']);
});

it('a range that grows over the limit while it is watched is an error of its view, and of no other', async () => {
  // In the month after New York's clocks went back, "the last month" of minutes is one too many from 23:00 there.
  let nowMs = Date.parse('2026-11-15T03:58:00Z');
  const sent: [string, string][] = [];
  const views = new SharedViews({
    now: () => nowMs,
    mark: async () => 1,
    background: aBackground(),
    ask: async () => ({ data: [] }) as unknown as AggregateReply,
  });
  const watch = (name: string, text: string) =>
    views.watch(parseView(1, text, nowMs), {
      send: (event) => void sent.push([name, event.toString()]),
    });
  watch('grows', 'range=last_1mo&granularity=minute&timezone=America%2FNew_York');
  watch('stays', 'range=last_1h&granularity=minute');
  const of = (name: string) => sent.filter(([to]) => to === name).map(([, event]) => event);
  await until(
    () => [of('grows').length, of('stays').length],
    ([grows, stays]) => grows === 1 && stays === 1,
  );
  nowMs = Date.parse('2026-11-15T04:00:00Z');
  await until(
    () => [of('grows').length, of('stays').length],
    ([grows, stays]) => grows === 2 && stays === 2,
  );
  views.stop();
  expect(of('grows')[1]).toMatch(/^event: error\ndata: \{"code":"invalid","message":".*44640/);
  expect(of('stays')[1]).toMatch(/^event: result/);
});

it('a view goes on through the turn of a minute: its readers are sent the next range, and who comes then shares it', async () => {
  let nowMs = Date.parse('2026-11-15T03:58:30Z');
  const sent: { view: string; end_time: string }[] = [];
  const views = new SharedViews({
    now: () => nowMs,
    mark: async () => 1,
    background: aBackground(),
    ask: async () => ({ data: [] }) as unknown as AggregateReply,
  });
  const watch = () =>
    views.watch(parseView(1, 'range=last_15m&granularity=minute', nowMs), {
      send: (event) => void sent.push(JSON.parse(event.toString().split('data: ')[1] ?? '')),
    });
  watch();
  await until(
    () => sent.length,
    (count) => count === 1,
  );
  nowMs += 60_000;
  await until(
    () => sent.length,
    (count) => count === 2,
  );
  watch();
  expect(sent.map(({ end_time }) => end_time.slice(11, 16))).toEqual(['03:59', '04:00', '04:00']);
  expect([views.size, new Set(sent.map(({ view }) => view)).size]).toEqual([1, 1]);
  views.stop();
});

/** So slow and so many that they take several seconds, two at a time. */
const SLOW_MS = 300;
const SLOW_VIEWS = 24;
const slowView = (i: number) => ({
  tenantId: 1,
  key: `slow-${i}`,
  fields: null,
  queryAt: () =>
    AggregateQuery.parse({
      start_time: `2026-11-01T${String(i).padStart(2, '0')}:00:00Z`,
      end_time: '2026-11-02T00:00:00Z',
    }),
});

const NOBODY = { send: () => undefined };
const viewOf = (tenantId: number, key: string) => ({
  tenantId,
  key: `${tenantId}-${key}`,
  fields: null,
  queryAt: () =>
    AggregateQuery.parse({ start_time: '2026-11-01T00:00:00Z', end_time: '2026-11-02T00:00:00Z' }),
});

it('a tenant watches so many distinct views and no more; one that is watched already is none, and others have theirs', () => {
  const views = new SharedViews({
    now: () => 0,
    mark: async () => 1,
    background: aBackground(),
    ask: async () => ({ data: [] }) as unknown as AggregateReply,
  });
  const known = viewOf(1, '0');
  for (let i = 0; i < VIEWS.each - 1; i++) views.watch(viewOf(1, String(i)), NOBODY);
  expect(views.hasRoom(1, [viewOf(1, 'new')])).toBe(true);
  expect(views.hasRoom(1, [viewOf(1, 'new'), viewOf(1, 'newer')])).toBe(false);
  views.watch(viewOf(1, 'last'), NOBODY);
  expect(views.hasRoom(1, [viewOf(1, 'new')])).toBe(false);
  expect(views.hasRoom(1, [known])).toBe(true);
  expect(views.hasRoom(2, [viewOf(2, 'new')])).toBe(true);
  views.unwatch(known, NOBODY);
  expect(views.hasRoom(1, [viewOf(1, 'new')])).toBe(true);
  views.stop();
});

it("a tenant's many slow views keep another's waiting no longer than the ones that are being asked", async () => {
  const asked: number[] = [];
  const answers: (() => void)[] = [];
  const views = new SharedViews({
    now: () => 0,
    mark: async () => 1,
    background: aBackground(),
    async ask(_query, tenantId) {
      asked.push(tenantId);
      await new Promise<void>((resolve) => answers.push(resolve));
      return { data: [] } as unknown as AggregateReply;
    },
  });
  for (let i = 0; i < 50; i++) views.watch(viewOf(1, String(i)), NOBODY);
  await until(
    () => asked.length,
    (count) => count === 2,
  );
  views.watch(viewOf(2, 'late'), NOBODY);
  answers.shift()?.();
  await until(
    () => asked.length,
    (count) => count === 3,
  );
  expect(asked).toEqual([1, 1, 2]);
  views.stop();
});

it("while a tenant's many slow views are asked, another's is asked again for each new chunk, and every one has its turn", async () => {
  const asked: string[] = [];
  let mark = 0;
  const views = new SharedViews({
    now: Date.now,
    mark: async () => ++mark,
    background: aBackground(),
    async ask(query, tenantId) {
      asked.push(tenantId === 1 ? String(query.start_time) : 'other');
      if (tenantId === 1) await sleep(SLOW_MS);
      return { data: [] } as unknown as AggregateReply;
    },
  });
  for (let i = 0; i < SLOW_VIEWS; i++) views.watch(slowView(i), NOBODY);
  views.watch(viewOf(2, 'quick'), NOBODY);
  await until(
    () => new Set(asked).size,
    (count) => count === SLOW_VIEWS + 1,
  );
  views.stop();
  // All of the others asked at one mark would be one turn for it.
  expect(asked.filter((text) => text === 'other').length).toBeGreaterThan(2);
});
