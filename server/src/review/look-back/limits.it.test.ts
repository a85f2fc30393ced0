import { randomUUID } from 'node:crypto';
import type { ClickHouseClient } from '@clickhouse/client';
import { type BatchReply, LIMITS } from '@clickledger/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { openAnalytics } from '../../analytics/client.js';
import { aBackground } from '../../testing/background.js';
import { startTestSystem, type TestSystem } from '../../testing/system.js';
import { until } from '../../testing/wait.js';
import { readRules } from '../fraud-rules.js';
import { sweep } from '../schedule.js';
import { SUBJECTS_PER_PAGE } from './find.js';
import { type LookBackLimits, runLookBack } from './run.js';
import { Unsettled } from './unsettled.js';

/** What a rule finds beyond one page, one run, one turn; and whom it must leave alone. */
const CHROME =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36';
const HOUR_MS = 3_600_000;
// The ledger takes adjustments of yesterday and today, and `each minute` makes them at the time of its clicks.
const startMs = Math.floor(Date.now() / HOUR_MS) * HOUR_MS - 24 * HOUR_MS;
const iso = (ms: number) => new Date(startMs + ms).toISOString();
let hour = 0;
/** An hour that no other test uses. */
const anHour = () => ++hour * HOUR_MS;

let system: TestSystem;
beforeAll(async () => {
  system = await startTestSystem();
  const off = { state: 'off' };
  const rules = {
    velocity_ip: { ...off, count_max: 100, window_seconds: 60 },
    velocity_user: { ...off, count_max: 50, window_seconds: 60 },
    duplicate_click: { ...off, window_seconds: 3 },
    ad_burst: { ...off, factor: 10, count_min: 100 },
    regular_gaps: { ...off, clicks_min: 10, variation_max_percent: 10, window_minutes: 120 },
    many_ads: { state: 'on', ads_max: 1, window_minutes: 10 },
  };
  const reply = await system.app.inject({ method: 'PUT', url: '/api/v1/fraud/rules', payload: rules });
  expect(reply.statusCode, reply.body).toBe(200);
});
afterAll(() => system?.close());

type Fields = Record<string, unknown>;
async function send(clicks: readonly Fields[], atMs: number, address = '11.0.0.1') {
  for (let i = 0; i < clicks.length; i += LIMITS.batchClicksMax) {
    const batch = clicks.slice(i, i + LIMITS.batchClicksMax).map((fields, j) => ({
      click_id: randomUUID(),
      campaign_id: 'c',
      advertiser_id: 'v',
      country: 'US',
      timestamp: iso(atMs + j),
      user_agent: CHROME,
      ...fields,
    }));
    const reply = await system.post(
      '/api/v1/clicks/batch',
      { clicks: batch },
      { 'x-forwarded-for': address },
    );
    expect(reply.json<BatchReply>(), reply.body).toMatchObject({ accepted: batch.length });
  }
  await system.caughtUp();
}
/** Each of so many visitors clicks so many ads: more than one is too many here. */
const greedy = (name: string, visitors: number, ads = 2): Fields[] =>
  Array.from({ length: visitors }, (_, who) =>
    Array.from({ length: ads }, (_, ad) => ({ user_id: `${name}-${who}`, ad_id: `ad-${ad}` })),
  ).flat();
const run = async (atMs: number, limits: LookBackLimits = {}, turn?: number) => {
  const parts = {
    pool: system.pool,
    client: system.longReads as ReturnType<typeof openAnalytics>,
    now: Date.now,
    ...limits,
  };
  const range = { fromMs: startMs + atMs, toMs: startMs + atMs + HOUR_MS };
  const target = { tenantId: 1, range, ranBy: 'test', ...(turn === undefined ? {} : { turn }) };
  const [found] = await runLookBack(parts, await readRules(system.pool, 1), target, ['many_ads']);
  await system.caughtUp();
  return found && { subjects: found.subjects, clicks: found.clicks, adjusted: found.adjusted };
};
const flagged = async (name: string) => {
  const { rows } = await system.pool.query(
    `SELECT count(*)::int AS n FROM adjustments a JOIN click_events e USING (click_id) WHERE e.user_id LIKE $1`,
    [`${name}-%`],
  );
  return rows[0].n as number;
};
const allow = async (kind: string, value: string) => {
  const body = { list: 'allow', kind, value, note: '', expires_at: null };
  expect((await system.post('/api/v1/fraud/lists', body)).statusCode).toBe(201);
};

describe('all that a rule names is found', () => {
  it.each([
    ['as many as a page holds', SUBJECTS_PER_PAGE],
    ['one more', SUBJECTS_PER_PAGE + 1],
  ])('visitors: %s', async (_name, visitors) => {
    const at = anHour();
    await send(greedy(`page-${visitors}`, visitors), at);
    const clicks = 2 * visitors;
    expect(await run(at)).toEqual({ subjects: visitors, clicks, adjusted: clicks });
    expect(await run(at)).toBeUndefined();
  });

  it.each([
    [9, 4, 100],
    [8, 4, 100],
    [3, 100, 5],
    [3, 100, 6],
    [5, 2, 3],
  ])(
    '%i visitors of two clicks, on pages of %i visitors and %i clicks',
    async (visitors, subjectsPerPage, clicksPerPage) => {
      const at = anHour();
      await send(greedy(`small-${hour}`, visitors), at);
      const found = await run(at, { subjectsPerPage, clicksPerPage });
      expect(found).toEqual({ subjects: visitors, clicks: 2 * visitors, adjusted: 2 * visitors });
    },
  );

  it('clicks of one moment, more than a page holds', async () => {
    const at = anHour();
    await send(
      greedy('moment', 7).map((click) => ({ ...click, timestamp: iso(at) })),
      at,
    );
    expect(await run(at, { clicksPerPage: 3 })).toEqual({ subjects: 7, clicks: 14, adjusted: 14 });
  });

  it('names as long as an id may be, more of them than a query takes', async () => {
    const at = anHour();
    // Three bytes each: 300 KB of names.
    const long = '漢'.repeat(100);
    await send(greedy(`long-${long}`, 400), at);
    expect(await run(at)).toEqual({ subjects: 400, clicks: 800, adjusted: 800 });
    // By the user itself, where a visitor's key is short.
    const roaming = { roaming_user: { state: 'on', addresses_max: 1, window_minutes: 10 } };
    await system.app.inject({ method: 'PUT', url: '/api/v1/fraud/rules', payload: roaming });
    const two = anHour();
    for (const address of ['11.9.0.1', '11.9.0.2'])
      await send(greedy(`roaming-${long}`, SUBJECTS_PER_PAGE, 1), two, address);
    const parts = {
      pool: system.pool,
      client: system.longReads as ReturnType<typeof openAnalytics>,
      now: Date.now,
    };
    const range = { fromMs: startMs + two, toMs: startMs + two + HOUR_MS };
    const target = { tenantId: 1, range, ranBy: 'test' };
    const runs = await runLookBack(parts, await readRules(system.pool, 1), target, ['roaming_user']);
    expect(runs).toMatchObject([{ subjects: SUBJECTS_PER_PAGE, adjusted: 2 * SUBJECTS_PER_PAGE }]);
  });

  it('in turns, each flags so many, and goes on where the last one stopped until none is left', async () => {
    const at = anHour();
    await send(greedy('turns', 10, 4), at);
    const limits = { subjectsPerPage: 3, clicksPerPage: 5, clicksPerTurn: 10 };
    const adjusted: number[] = [];
    for (let turn = 0; turn < 4; turn++) adjusted.push((await run(at, limits, turn))?.adjusted ?? 0);
    expect(adjusted).toEqual([10, 10, 10, 10]);
    expect(await run(at, limits, 4)).toBeUndefined();
    expect(await flagged('turns')).toBe(40);
  });

  it('a publisher is compared with all the others, however many are on other pages', async () => {
    const at = anHour();
    const clicks = Array.from({ length: 6 }, (_, site) =>
      Array.from({ length: 30 }, (_, i) => ({
        user_id: `pub-${site}-${i}`,
        ad_id: 'a',
        referrer: `https://site-${site}.example/`,
        // Half of the first one's are of robots.
        user_agent: site === 0 && i % 2 === 0 ? 'curl/8.5.0' : CHROME,
      })),
    ).flat();
    await send(clicks, at);
    await system.app.inject({
      method: 'PUT',
      url: '/api/v1/fraud/rules',
      payload: { odd_publisher: { state: 'on', clicks_min: 20, window_minutes: 60 } },
    });
    const parts = {
      pool: system.pool,
      client: system.longReads as ReturnType<typeof openAnalytics>,
      now: Date.now,
      subjectsPerPage: 1,
    };
    const range = { fromMs: startMs + at, toMs: startMs + at + HOUR_MS };
    const rules = await readRules(system.pool, 1);
    const target = { tenantId: 1, range, ranBy: 'test' };
    const runs = await runLookBack(parts, rules, target, ['odd_publisher']);
    expect(runs).toEqual([expect.objectContaining({ subjects: 1, adjusted: 15 })]);
  });
});

describe('the allow list holds for the rules that look back', () => {
  const host = 'partner.example';
  const agent = `${CHROME} Monitor/1`;

  it('of clicks that came after the entry: user, user agent, host and address', async () => {
    const at = anHour();
    await allow('user', 'before-0');
    await allow('user_agent', agent);
    await allow('referrer_host', host);
    await allow('address', '11.7.0.0/16');
    await send(greedy('before', 2), at);
    await send(
      greedy('agent', 1).map((click) => ({ ...click, user_agent: agent })),
      at,
    );
    await send(
      greedy('host', 1).map((click) => ({ ...click, referrer: `https://a.${host}/x` })),
      at,
    );
    await send(greedy('address', 1), at, '11.7.3.1');
    expect(await run(at)).toMatchObject({ adjusted: 2 });
    expect(await Promise.all(['before', 'agent', 'host', 'address'].map(flagged))).toEqual([2, 0, 0, 0]);
  });

  it('of clicks that came before it, but for the address, which is not kept', async () => {
    const at = anHour();
    const late = `late.${host.slice(8)}`;
    await send(greedy('after', 2), at);
    await send(
      greedy('later-host', 1).map((click) => ({ ...click, referrer: `https://${late}/` })),
      at,
    );
    await send(greedy('later-address', 1), at, '11.8.3.1');
    await allow('user', 'after-0');
    await allow('referrer_host', late);
    await allow('address', '11.8.0.0/16');
    expect(await run(at)).toMatchObject({ adjusted: 4 });
    expect(await Promise.all(['after', 'later-host', 'later-address'].map(flagged))).toEqual([2, 0, 2]);
  });

  it('also when the entry is taken off later: what it let pass stays passed', async () => {
    const at = anHour();
    const body = { list: 'allow', kind: 'user', value: 'gone-0', note: '', expires_at: null };
    const added = (await system.post('/api/v1/fraud/lists', body)).json();
    await send(greedy('gone', 1), at);
    await system.app.inject({ method: 'DELETE', url: `/api/v1/fraud/lists/${added.entry_id}` });
    await run(at);
    expect(await flagged('gone')).toBe(0);
  });
});

describe('each minute', () => {
  /** The questions that a sweep at this time asks of analytics. */
  const questions = async (
    nowMs: number,
    turn = 0,
    unsettled?: Unsettled,
    { refused, ...limits }: LookBackLimits & { refused?: RegExp } = {},
  ) => {
    const asked: string[] = [];
    const real = system.longReads as ReturnType<typeof openAnalytics>;
    const client = new Proxy(real, {
      get(target, name) {
        const value = Reflect.get(target, name) as unknown;
        if (name !== 'query') return typeof value === 'function' ? value.bind(target) : value;
        return (one: { query: string }) => {
          asked.push(one.query);
          return refused?.test(one.query) ? Promise.reject(new Error('not now')) : target.query(one);
        };
      },
    });
    const parts = { pool: system.pool, client, now: () => nowMs, ...limits };
    // Not while the system itself sweeps.
    await until(
      () => sweep(parts, turn, aBackground(), new AbortController().signal, unsettled),
      (isDone) => isDone,
    );
    return asked;
  };

  it('nothing is asked for an account that nobody clicked, and of others no rule that looks back less far', async () => {
    expect(await questions(startMs + 40 * 24 * HOUR_MS)).toHaveLength(1);
    const at = anHour();
    await send(greedy('swept', 3), at);
    // Ten minutes are the window of many_ads; the last click came three milliseconds into its minute.
    await questions(startMs + at + 11 * 60_000);
    expect(await flagged('swept')).toBe(0);
    await questions(startMs + at + 9 * 60_000);
    expect(await flagged('swept')).toBe(6);
  });

  it('an account is looked at again when clicks have come, and when its rules have changed; else nothing is asked', async () => {
    const at = anHour();
    await send(greedy('seen', 1), at);
    const nowMs = startMs + at + 5 * 60_000;
    const unsettled = new Unsettled();
    let turn = 0;
    const asked = async () => (await questions(nowMs, turn++, unsettled)).length;
    expect(await asked()).toBeGreaterThan(1);
    // Its own adjustments are in chunks as well.
    await system.caughtUp();
    await asked();
    expect(await asked()).toBe(0);
    expect(await asked()).toBe(0);

    await send(greedy('more', 1), at);
    expect(await asked()).toBeGreaterThan(1);
    expect(await flagged('more')).toBe(2);
    await system.caughtUp();
    await asked();
    expect(await asked()).toBe(0);

    const entry = { list: 'allow', kind: 'user', value: 'nobody', note: '', expires_at: null };
    expect((await system.post('/api/v1/fraud/lists', entry)).statusCode).toBe(201);
    expect(await asked()).toBeGreaterThan(1);
    expect(await asked()).toBe(0);
  });

  it('another account that nobody clicked on is not looked at with it', async () => {
    await system.pool.query("INSERT INTO tenants (tenant_id, slug, name) VALUES (77, 'other', 'Other')");
    const unsettled = new Unsettled();
    await unsettled.note({ pool: system.pool, client: system.longReads as ClickHouseClient }, 0);
    expect([1, 77].map((tenant) => unsettled.has(tenant, 'many_ads', 0))).toEqual([true, true]);
    await send(greedy('mine', 1), anHour());
    await unsettled.note({ pool: system.pool, client: system.longReads as ClickHouseClient }, 1);
    expect([1, 77].map((tenant) => unsettled.has(tenant, 'many_ads', 1))).toEqual([true, false]);
  });

  it('of many clicks every subject is looked at, though none come after them', async () => {
    const at = anHour();
    await send(greedy('sliced', 20), at);
    const nowMs = startMs + at + 5 * 60_000;
    const unsettled = new Unsettled();
    // Five slices at most: half of the window of ten minutes.
    for (let turn = 0; turn < 5; turn++) await questions(nowMs, turn, unsettled, { sliceClicks: 4 });
    expect(await flagged('sliced')).toBe(40);
  });

  it('what fails, and what a turn leaves over, is looked at in the next one', async () => {
    const at = anHour();
    await send(greedy('left', 30), at);
    const nowMs = startMs + at + 5 * 60_000;
    const unsettled = new Unsettled();
    await questions(nowMs, 0, unsettled, { refused: /uniqExactIf\(ad_id/ });
    expect(await flagged('left')).toBe(0);
    await questions(nowMs, 1, unsettled, { clicksPerTurn: 10, clicksPerPage: 10 });
    const first = await flagged('left');
    expect(first).toBeGreaterThan(0);
    expect(first).toBeLessThan(60);
    for (let turn = 2; turn < 9; turn++)
      await questions(nowMs, turn, unsettled, { clicksPerTurn: 10, clicksPerPage: 10 });
    expect(await flagged('left')).toBe(60);
  });
});
