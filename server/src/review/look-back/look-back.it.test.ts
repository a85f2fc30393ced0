import { randomUUID } from 'node:crypto';
import {
  type AggregateReply,
  BacktestReply,
  type BatchReply,
  type ClickLogReply,
  type ClosedReply,
  type FraudSummaryReply,
  LOOK_BACK_NAMES,
  type RunsReply,
} from '@clickledger/contract';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { openAnalytics } from '../../analytics/client.js';
import { loadChunk } from '../../analytics/rollups/load-chunk.js';
import { countLedger } from '../../ledger/chunks.js';
import { silentLog } from '../../lib/log.js';
import { aBackground } from '../../testing/background.js';
import { startTestSystem, type TestSystem } from '../../testing/system.js';
import { appendAdjustments } from '../adjustments.js';
import { readRules } from '../fraud-rules.js';
import { sweep } from '../schedule.js';
import { runLookBack } from './run.js';

const CHROME =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36';
const HOUR_MS = 3_600_000;
/** Whole hours, a day ago. */
const startMs = Math.floor(Date.now() / HOUR_MS) * HOUR_MS - 24 * HOUR_MS;
const iso = (ms: number) => new Date(startMs + ms).toISOString();
const range = `start_time=${iso(0)}&end_time=${iso(6 * HOUR_MS)}`;
const COST = 250_000;

let system: TestSystem;
beforeAll(async () => {
  system = await startTestSystem();
  await system.app.inject({
    method: 'PUT',
    url: '/api/v1/campaigns/c',
    payload: { advertiser_id: 'v', name: 'C', cost_per_click_micros: COST },
  });
});
afterAll(() => system?.close());

interface Sent {
  user: string;
  ms: number;
  ad?: string;
  address?: string;
  referrer?: string;
}
async function send(clicks: readonly Sent[]): Promise<string[]> {
  const ids: string[] = [];
  const byAddress = new Map<string, Sent[]>();
  for (const one of clicks) {
    const address = one.address ?? '11.0.0.1';
    byAddress.set(address, [...(byAddress.get(address) ?? []), one]);
  }
  for (const [address, group] of byAddress) {
    const body = {
      clicks: group.map(({ user, ms, ad, referrer }) => {
        const click_id = randomUUID();
        ids.push(click_id);
        return {
          click_id,
          user_id: user,
          timestamp: iso(ms),
          user_agent: CHROME,
          ad_id: ad ?? `ad-${ms}`,
          campaign_id: 'c',
          advertiser_id: 'v',
          country: 'US',
          ...(referrer ? { referrer } : {}),
        };
      }),
    };
    const reply = await system.post('/api/v1/clicks/batch', body, { 'x-forwarded-for': address });
    expect(reply.json<BatchReply>().accepted).toBe(group.length);
  }
  await system.caughtUp();
  return ids;
}
const run = async (from = 0, to = 6 * HOUR_MS) => {
  const response = await system.post('/api/v1/fraud/rules/run', { start_time: iso(from), end_time: iso(to) });
  expect(response.statusCode).toBe(200);
  await system.caughtUp();
  return response.json<RunsReply>().data;
};
const totals = async (more = '') => {
  const { data } = await system.get<AggregateReply>(
    `/api/v1/analytics/aggregate?${range}&granularity=total${more}`,
  );
  return data;
};
/** The totals by every way that a query can go: rollups, raw clicks, pairs. */
const everyWay = async () => {
  const [all] = await totals();
  const [byRaw] = await totals('&campaign_id=c&country=US&os=Windows');
  const [byPair] = await totals('&campaign_id=c&country=US');
  const [ragged] = (
    await system.get<AggregateReply>(
      `/api/v1/analytics/aggregate?start_time=${iso(1)}&end_time=${iso(6 * HOUR_MS - 1)}&granularity=total`,
    )
  ).data;
  expect(byRaw).toEqual(all);
  expect(byPair).toEqual(all);
  expect(ragged).toMatchObject({ clicks: all?.clicks, fraud_count: all?.fraud_count });
  return all;
};
/** Ledger and analytics agree to the click and the flag. */
const agree = async () => {
  const ledger = await countLedger(system.pool);
  const { rows } = await system.pool.query(
    `SELECT count(*)::int AS clicks, count(*) FILTER (WHERE coalesce(a.is_fraudulent, e.is_fraudulent))::int AS fraud
     FROM click_events e LEFT JOIN LATERAL (
       SELECT is_fraudulent FROM adjustments a WHERE a.click_id = e.click_id ORDER BY revision DESC LIMIT 1) a ON true`,
  );
  expect(ledger).toEqual({ clicks: rows[0].clicks, fraudClicks: rows[0].fraud });
  const [all] = (
    await system.get<AggregateReply>(
      `/api/v1/analytics/aggregate?start_time=2000-01-01T00:00:00Z&end_time=2099-01-01T00:00:00Z&granularity=total`,
    )
  ).data;
  expect([all?.clicks, all?.fraud_count]).toEqual([ledger.clicks, ledger.fraudClicks]);
};

describe('rules that look back', () => {
  it('a clock’s clicks are flagged afterwards, a person’s are not; every figure follows, and nothing is clicked anew', async () => {
    const robot = Array.from({ length: 12 }, (_, i) => ({
      user: 'robot',
      ms: 10_000 + 60_000 * i + (i % 2) * 900,
    }));
    const person = [0, 4, 9, 11, 70, 71, 300, 302, 310, 900, 1_800, 1_807].map((s) => ({
      user: 'person',
      ms: s * 1_000 + 5,
    }));
    await send([...robot, ...person]);
    const before = await everyWay();
    expect(before).toMatchObject({ clicks: 24, unique_users: 2, fraud_count: 0, cost_micros: 24 * COST });

    const runs = await run();
    expect(runs).toEqual([
      expect.objectContaining({
        rule: 'regular_gaps',
        subjects: 1,
        clicks: 12,
        adjusted: 12,
        is_shadow: false,
      }),
    ]);
    expect(await everyWay()).toMatchObject({
      clicks: 24,
      unique_users: 2,
      fraud_count: 12,
      billable_count: 12,
      cost_micros: 12 * COST,
    });
    await agree();

    const byReason = await totals('&group_by=fraud_reason');
    expect(byReason.map((row) => [row.fraud_reason, row.clicks]).sort()).toEqual([
      ['', 12],
      ['regular_gaps', 12],
    ]);
    const summary = await system.get<FraudSummaryReply>(`/api/v1/fraud/summary?${range}&granularity=hour`);
    expect(summary).toMatchObject({
      clicks: 24,
      fraud_count: 12,
      saved_micros: 12 * COST,
      rules: [{ rule: 'regular_gaps', decided: 12, fired: 12, shadow: 0 }],
    });
    const flagged = await system.get<ClickLogReply>(`/api/v1/clicks?${range}&flagged=true`);
    expect(flagged.data).toHaveLength(12);
    const all = await system.get<ClickLogReply>(`/api/v1/clicks?${range}`);
    expect(new Set(all.data.map((one) => one.click_id)).size).toBe(24);
    expect(all.data).toHaveLength(24);
    const unflagged = await system.get<ClickLogReply>(`/api/v1/clicks?${range}&flagged=false`);
    expect(unflagged.data.map((one) => one.user_id)).toEqual(Array(12).fill('person'));
  });

  it('found again, nothing changes; and a chunk sent again changes nothing either', async () => {
    const before = await everyWay();
    expect(await run()).toEqual([]);
    const { rows } = await system.pool.query(
      'SELECT DISTINCT chunk_id FROM batches WHERE adjustment_count > 0 ORDER BY 1',
    );
    expect(rows).toHaveLength(1);
    const client = system.longReads as ReturnType<typeof openAnalytics>;
    for (let i = 0; i < 3; i++)
      await loadChunk(client, { kind: 'clicks', chunkId: rows[0].chunk_id, partId: null });
    expect(await everyWay()).toEqual(before);
    await agree();
  });

  it('a verdict that is taken back gives the money back, and the log its last word', async () => {
    const { rows } = await system.pool.query(
      `SELECT click_id, batch_id, (extract(epoch FROM received_at) * 1000)::bigint AS at FROM click_events WHERE user_id = 'robot' LIMIT 2`,
    );
    const back = (made: boolean) =>
      appendAdjustments(system.pool, {
        tenantId: 1,
        madeAtMs: Date.now(),
        madeBy: 'a person',
        rulesVersion: 0,
        isFraudulent: made,
        clicks: rows.map((row) => ({
          clickId: row.click_id,
          batchId: row.batch_id,
          receivedAtMs: row.at,
          reason: 'disputed',
          evidence: '',
        })),
      });
    expect(await back(false)).toBe(2);
    expect(await back(false)).toBe(0);
    await system.caughtUp();
    expect(await everyWay()).toMatchObject({ clicks: 24, fraud_count: 10, cost_micros: 14 * COST });
    await agree();
    const flagged = await system.get<ClickLogReply>(`/api/v1/clicks?${range}&flagged=true`);
    expect(flagged.data).toHaveLength(10);
    expect(await back(true)).toBe(2);
    await system.caughtUp();
    expect((await everyWay())?.fraud_count).toBe(12);
    await agree();
  });

  it('many ads of one visitor, many addresses of one user: at the limit clean, above it flagged', async () => {
    await system.app.inject({
      method: 'PUT',
      url: '/api/v1/fraud/rules',
      payload: { many_ads: { state: 'on', ads_max: 40, window_minutes: 10 } },
    });
    const at = (i: number) => HOUR_MS + Math.floor(Math.sqrt(i) * 60_000);
    const ads = (user: string, count: number) =>
      Array.from({ length: count }, (_, i) => ({ user, ms: at(i), ad: `many-${i}` }));
    const addresses = (user: string, count: number) =>
      Array.from({ length: count }, (_, i) => ({ user, ms: at(i), address: `12.0.0.${i}` }));
    await send([
      ...ads('ads-40', 40),
      ...ads('ads-41', 41),
      ...addresses('roams-20', 20),
      ...addresses('roams-21', 21),
    ]);
    const runs = await run(HOUR_MS, 2 * HOUR_MS);
    expect(runs.map(({ rule, subjects, adjusted }) => [rule, subjects, adjusted])).toEqual([
      ['many_ads', 1, 41],
      ['roaming_user', 1, 21],
    ]);
    await agree();
  });

  it('a publisher far from its peers is noted in shadow mode, and nothing is adjusted', async () => {
    await system.app.inject({
      method: 'PUT',
      url: '/api/v1/fraud/rules',
      payload: { odd_publisher: { state: 'shadow', clicks_min: 50, window_minutes: 60 } },
    });
    const from = 3 * HOUR_MS;
    /** 100 clicks, of which so many are double clicks, which are flagged when they come in. */
    const of = (host: string, doubled: number) =>
      Array.from({ length: 100 }, (_, i) => {
        const name = `${host}-${i < 2 * doubled ? Math.floor(i / 2) : i}`;
        const ms = from + i * 17_000 + (i % 3) * 4_000;
        return {
          user: name,
          ad: name,
          ms,
          address: `13.0.${host.length}.${i % 50}`,
          referrer: `https://${host}/`,
        };
      });
    const doubled = of('bad-one.example', 30).map((one, i) =>
      i < 60 ? { ...one, ms: from + Math.floor(i / 2) * 9_000 + (i % 2) } : one,
    );
    await send([...of('good.example', 0), ...of('fine.example', 0), ...doubled]);
    const runs = await run(from, 4 * HOUR_MS);
    const odd = runs.find(({ rule }) => rule === 'odd_publisher');
    expect(odd).toMatchObject({ is_shadow: true, subjects: 1, adjusted: 0 });
    await agree();
  });

  it('a closed period never changes: what is found about it counts when it is found', async () => {
    const billed = await system.app.inject({
      method: 'PUT',
      url: '/api/v1/fraud/closed-until',
      payload: { closed_until: iso(6 * HOUR_MS) },
    });
    expect(billed.json<ClosedReply>().closed_until).toBe(iso(6 * HOUR_MS));
    await send(Array.from({ length: 15 }, (_, i) => ({ user: 'late-robot', ms: 5 * HOUR_MS + i * 30_000 })));
    const before = await totals();
    const runs = await run(5 * HOUR_MS, 6 * HOUR_MS);
    expect(runs).toEqual([expect.objectContaining({ rule: 'regular_gaps', adjusted: 15 })]);
    expect(await totals()).toEqual(before);
    const [now] = (
      await system.get<AggregateReply>(
        `/api/v1/analytics/aggregate?start_time=${iso(6 * HOUR_MS)}&end_time=2099-01-01T00:00:00Z&granularity=total`,
      )
    ).data;
    expect(now).toMatchObject({ clicks: 0, unique_users: 0, fraud_count: 15, cost_micros: -15 * COST });
    await agree();
    const log = await system.get<ClickLogReply>(`/api/v1/clicks?user_id=late-robot`);
    expect(log.data.map(({ is_fraudulent }) => is_fraudulent)).toEqual(Array(15).fill(false));
    const earlier = await system.app.inject({
      method: 'PUT',
      url: '/api/v1/fraud/closed-until',
      payload: { closed_until: iso(0) },
    });
    expect(earlier.statusCode).toBe(400);
  });

  it('many addresses of one network on one ad: at the limit clean, above it flagged; on many ads or of many networks clean', async () => {
    await system.app.inject({
      method: 'PUT',
      url: '/api/v1/fraud/rules',
      payload: { crowded_network: { state: 'on', addresses_max: 20, window_minutes: 60 } },
    });
    const from = 20 * HOUR_MS;
    const botnet = (name: string, count: number, change: (i: number) => { address: string; ad?: string }) =>
      Array.from({ length: count }, (_, i) => ({
        user: `${name}-${i}`,
        ms: from + Math.floor(Math.sqrt(i) * 60_000),
        ad: name,
        ...change(i),
      }));
    await send([
      ...botnet('net-20', 20, (i) => ({ address: `13.0.1.${i}` })),
      ...botnet('net-21', 21, (i) => ({ address: `13.0.2.${i}` })),
      ...botnet('v6-21', 21, (i) => ({ address: `2001:db8:7:${i}::1` })),
      ...botnet('ads-21', 21, (i) => ({ address: `13.0.3.${i}`, ad: `ads-21-${i}` })),
      ...botnet('nets-21', 21, (i) => ({ address: `13.1.${i}.1` })),
    ]);
    const runs = await run(from, from + HOUR_MS);
    expect(runs.map(({ rule, subjects, adjusted }) => [rule, subjects, adjusted])).toEqual([
      ['crowded_network', 2, 42],
    ]);
    await agree();
  });
});

describe('the back-test', () => {
  const test = (body: object) => system.post('/api/v1/fraud/rules/backtest', body);

  it('says what a change would have flagged, rule by rule, and changes nothing', async () => {
    const before = await totals();
    const user = 'backtested';
    // Five clicks of one user within ten seconds, on five ads.
    await send(
      [0, 1_000, 2_500, 5_000, 9_999].map((ms, i) => ({ user, ms: 20 * HOUR_MS + ms, ad: `bt-${i}` })),
    );
    const change = { velocity_user: { state: 'on', count_max: 3, window_seconds: 10 } };
    const reply = BacktestReply.strict().parse((await test({ rules: change, days: 2 })).json());
    expect(reply.rules).toEqual([{ rule: 'velocity_user', fired_now: 0, fired_then: 2, how: 'counted' }]);
    expect(reply).toMatchObject({ newly_flagged: 2, no_longer_flagged: 0 });
    expect(reply.flagged_then).toBe(reply.flagged_now + 2);
    expect(reply.cost_micros_then).toBe(reply.cost_micros_now - 2 * COST);
    expect(reply.campaigns).toEqual([expect.objectContaining({ campaign_id: 'c', newly_flagged: 2 })]);
    expect(reply.samples.map(({ campaign_id, would_be_flagged }) => [campaign_id, would_be_flagged])).toEqual(
      [
        ['c', true],
        ['c', true],
      ],
    );
    const [sample] = reply.samples;
    const story = await system.get<{ click: { clicked_at: string } }>(`/api/v1/clicks/${sample?.click_id}`);
    expect(story.click.clicked_at).toBe(sample?.clicked_at);
    expect(await totals()).toEqual(before);

    // As it is set now, it says what it said then.
    const same = { velocity_user: { state: 'on', count_max: 50, window_seconds: 60 } };
    const unchanged = BacktestReply.parse((await test({ rules: same, days: 2 })).json());
    expect(unchanged).toMatchObject({ newly_flagged: 0, no_longer_flagged: 0 });
  });

  it('says what is flagged no longer when a rule is off', async () => {
    const change = { duplicate_click: { state: 'off', window_seconds: 3 } };
    const reply = BacktestReply.parse((await test({ rules: change, days: 2 })).json());
    expect(reply.no_longer_flagged).toBe(30);
    expect(reply.rules[0]?.fired_now).toBe(30);
    expect(reply.samples).toHaveLength(10);
    expect(reply.samples.some(({ would_be_flagged }) => would_be_flagged)).toBe(false);
  });

  it.each([
    [{ rules: {}, days: 1 }, 'rules'],
    [
      { rules: { velocity_ip: { state: 'on', count_max: 1, window_seconds: 0 } }, days: 1 },
      'rules.velocity_ip.window_seconds',
    ],
    [{ rules: { geo_mismatch: { state: 'on' } }, days: 32 }, 'days'],
  ])('names the field that is wrong: %j', async (body, field) => {
    const response = await test(body);
    expect(response.statusCode).toBe(400);
    expect(Object.keys(response.json().error.fieldErrors)).toEqual([field]);
  });
});

describe('of more clicks than one look is for', () => {
  const from = 21 * HOUR_MS;
  const SUBJECTS = 8;
  /** Each of so many visitors clicks 41 ads within a second or two. */
  const greedy = (name: string, atMs: number) =>
    Array.from({ length: SUBJECTS }, (_, who) =>
      Array.from({ length: 41 }, (_, i) => ({
        user: `${name}-${who}`,
        ms: atMs + Math.floor(Math.sqrt(i) * 200),
        ad: `greedy-${i}`,
        address: `14.${atMs / HOUR_MS}.0.${who}`,
      })),
    ).flat();
  const parts = (now: number, client = system.longReads as ReturnType<typeof openAnalytics>) => ({
    pool: system.pool,
    client,
    now: () => startMs + now,
    sliceClicks: 50,
  });
  const rules = () => readRules(system.pool, 1);

  it('each turn looks at another share of the subjects, and the turns of half a window at all of them', async () => {
    await send(greedy('turns', from));
    const range = { fromMs: startMs + from, toMs: startMs + from + 10 * 60_000 };
    const found: number[] = [];
    for (let turn = 7; turn < 12; turn++) {
      const target = { tenantId: 1, range, turn, ranBy: 'test' };
      const [run] = await runLookBack(parts(from), await rules(), target, ['many_ads']);
      found.push(run?.subjects ?? 0);
    }
    expect(found.reduce((sum, n) => sum + n, 0)).toBe(SUBJECTS);
    expect(Math.max(...found)).toBeLessThan(SUBJECTS);
    await system.caughtUp();
    await agree();
  });

  it('asked for a range, it looks at all of them', async () => {
    await send(greedy('range', from + HOUR_MS));
    const range = { fromMs: startMs + from + HOUR_MS, toMs: startMs + from + 2 * HOUR_MS };
    const target = { tenantId: 1, range, ranBy: 'test' };
    const runs = await runLookBack(parts(from), await rules(), target, ['many_ads']);
    expect(runs).toEqual([expect.objectContaining({ subjects: SUBJECTS, adjusted: SUBJECTS * 41 })]);
    await system.caughtUp();
  });

  it('a rule that fails is logged, and the others run all the same', async () => {
    const at = from + 2 * HOUR_MS;
    await send(greedy('failing', at));
    const client = new Proxy(system.longReads as ReturnType<typeof openAnalytics>, {
      get(target, name) {
        const value = Reflect.get(target, name) as unknown;
        if (name !== 'query') return typeof value === 'function' ? value.bind(target) : value;
        return (asked: { query: string }) =>
          asked.query.includes('arrayDifference')
            ? Promise.reject(new Error('too slow'))
            : target.query(asked);
      },
    });
    const log = { ...silentLog, error: vi.fn() };
    const done = await sweep(
      { ...parts(at + 60_000, client), sliceClicks: 1_000_000 },
      0,
      aBackground(log as unknown as typeof silentLog),
      new AbortController().signal,
    );
    expect(done).toBe(true);
    expect(log.error.mock.calls.map(([fields]) => fields)).toMatchObject([
      { task: 'look-back rule regular_gaps', tenantId: 1, error: 'too slow' },
    ]);
    const { rows } = await system.pool.query(
      `SELECT count(*)::int AS n FROM adjustments a JOIN click_events e USING (click_id) WHERE e.user_id LIKE 'failing-%'`,
    );
    expect(rows).toEqual([{ n: SUBJECTS * 41 }]);
    await system.caughtUp();
  });

  it('rules that look at the same range ask once in a turn how many clicks it holds', async () => {
    const { settings } = await readRules(system.pool, 1);
    const windows = new Set(LOOK_BACK_NAMES.map((rule) => settings[rule].window_minutes));
    expect(windows.size).toBeLessThan(LOOK_BACK_NAMES.length);
    let asked = 0;
    const client = new Proxy(system.longReads as ReturnType<typeof openAnalytics>, {
      get(target, name) {
        const value = Reflect.get(target, name) as unknown;
        if (name !== 'query') return typeof value === 'function' ? value.bind(target) : value;
        return (question: { query: string }) => {
          if (question.query.startsWith('SELECT 0, sum(n) AS clicks')) asked++;
          return target.query(question);
        };
      },
    });
    const at = Date.now() - startMs;
    await send([{ user: 'counted', ms: at }]);
    await system.folded();
    expect(await sweep(parts(at, client), 0, aBackground(), new AbortController().signal)).toBe(true);
    expect(asked).toBe(windows.size);
  });
});
