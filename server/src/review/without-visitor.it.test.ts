import { randomUUID } from 'node:crypto';
import type {
  AggregateReply,
  AggregateRow,
  BatchReply,
  ClickStory,
  HealthReply,
} from '@clickledger/contract';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { openAnalytics } from '../analytics/client.js';
import { startTestSystem, type TestSystem } from '../testing/system.js';
import { until } from '../testing/wait.js';
import { appendAdjustments } from './adjustments.js';
import { backtest } from './backtest.js';

/** Clicks of whom nobody knows whose they are, held against what they are counted and billed as. */
const CHROME =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36';
/** What a proxy writes that hides whom it is for (RFC 7239, section 6.2). */
const HIDDEN = 'unknown';
const HOUR_MS = 3_600_000;
/** Yesterday, so that its day is over and can be folded. */
const startMs = Math.floor(Date.now() / (24 * HOUR_MS)) * 24 * HOUR_MS - 12 * HOUR_MS;
const iso = (ms: number) => new Date(startMs + ms).toISOString();

let system: TestSystem;
beforeAll(async () => {
  system = await startTestSystem();
});
afterAll(() => system?.close());

/** Clicks a second apart on one ad. */
async function send(campaign: string, count: number, address: string, fields: Record<string, unknown> = {}) {
  const clicks = Array.from({ length: count }, (_, i) => ({
    click_id: randomUUID(),
    ad_id: `ad-of-${campaign}`,
    campaign_id: campaign,
    advertiser_id: 'v',
    timestamp: iso(i * 1_000),
    country: 'US',
    user_agent: CHROME,
    ...fields,
  }));
  const reply = await system.post('/api/v1/clicks/batch', { clicks }, { 'x-forwarded-for': address });
  expect(reply.json<BatchReply>().accepted).toBe(count);
  await system.caughtUp();
  return clicks.map(({ click_id }) => click_id);
}
const aggregate = async (campaign: string, more = '') =>
  (
    await system.get<AggregateReply>(
      `/api/v1/analytics/aggregate?start_time=${iso(0)}&end_time=${iso(6 * HOUR_MS)}&granularity=total&campaign_id=${campaign}${more}`,
    )
  ).data[0] as AggregateRow;
/** From the rollups by minute and hour, the pairs, and the raw clicks. */
const everyWay = async (campaign: string, os = 'Windows') => {
  const row = await aggregate(campaign);
  for (const more of ['&country=US', `&country=US&os=${os}&ad_id=ad-of-${campaign}`])
    expect(await aggregate(campaign, more)).toEqual(row);
  return row;
};

it('three clicks without user and address are of nobody: not flagged, and counted apart from the users', async () => {
  const [first] = await send('hidden', 3, HIDDEN);
  expect(await everyWay('hidden')).toMatchObject({
    clicks: 3,
    billable_count: 3,
    fraud_count: 0,
    unique_users: 0,
    clicks_without_visitor: 3,
  });
  const { rows } = await system.pool.query(
    `SELECT DISTINCT visitor_key, rules_not_run FROM click_events WHERE campaign_id = 'hidden'`,
  );
  expect(rows).toEqual([{ visitor_key: '', rules_not_run: 'duplicate_click' }]);
  const story = await system.get<ClickStory>(`/api/v1/clicks/${first}`);
  expect(story.guard).toEqual({ answered: true, rules_not_run: ['duplicate_click'] });
  expect((await system.get<HealthReply>('/health')).status).toBe('healthy');

  const csv = await system.app.inject({
    url: `/api/v1/export/aggregate.csv?start_time=${iso(0)}&end_time=${iso(HOUR_MS)}&granularity=total&campaign_id=hidden`,
  });
  const [header = '', row = ''] = csv.body.split('\n');
  const at = header.split(',').findIndex((name) => name.includes('clicks_without_visitor'));
  expect(row.split(',')[at]).toBe('3');
});

it('an address without a user agent is one visitor, whose clicks are no double clicks: it may be an office', async () => {
  await send('office', 3, '11.1.1.1', { user_agent: '' });
  expect(await everyWay('office', '')).toMatchObject({
    unique_users: 1,
    clicks_without_visitor: 0,
    fraud_count: 0,
  });
});

it('an address with a user agent is one visitor, whose second click on an ad is a double click', async () => {
  await send('one', 2, '11.1.1.2');
  expect(await everyWay('one')).toMatchObject({ unique_users: 1, clicks_without_visitor: 0, fraud_count: 1 });
});

it('a back-test of double clicks takes none of them for one person either', async () => {
  const reply = await backtest(
    system.longReads as ReturnType<typeof openAnalytics>,
    1,
    { rules: { duplicate_click: { state: 'on', window_seconds: 60 } }, days: 3 },
    Date.now(),
  );
  expect(reply.newly_flagged).toBe(0);
});

it('a verdict that comes after an erasure brings no second person', async () => {
  const user = 'to-be-erased';
  const [click] = await send('erased', 2, '11.1.1.3', { user_id: user, ad_id: 'a' });
  expect(await aggregate('erased')).toMatchObject({ unique_users: 1 });
  const erased = await system.post('/api/v1/admin/privacy/erase', { user_id: user });
  expect(erased.statusCode, erased.body).toBeLessThan(300);
  const { rows } = await system.pool.query<{ clickId: string; batchId: number; receivedAtMs: number }>(
    `SELECT click_id AS "clickId", batch_id AS "batchId", (extract(epoch FROM received_at) * 1000)::bigint AS "receivedAtMs"
     FROM click_events WHERE click_id = $1`,
    [click],
  );
  const by = { tenantId: 1, madeAtMs: Date.now(), madeBy: 'test', rulesVersion: 0, isFraudulent: true };
  const clicks = rows.map((row) => ({ ...row, reason: 'many_ads', evidence: '{}' }));
  expect(await appendAdjustments(system.pool, { ...by, clicks })).toBe(1);
  await system.caughtUp();
  for (const more of ['', '&country=US', '&country=US&os=Windows&ad_id=a'])
    expect(await aggregate('erased', more)).toMatchObject({ unique_users: 1, fraud_count: 2 });
});

it('by the reason that an adjustment gave, its visitor is counted, in rollups and raw clicks alike', async () => {
  const byReason = async (more: string) =>
    (
      await system.get<AggregateReply>(
        `/api/v1/analytics/aggregate?start_time=${iso(0)}&end_time=${iso(6 * HOUR_MS)}&granularity=total&group_by=fraud_reason${more}`,
      )
    ).data.find((row) => row.fraud_reason === 'many_ads');
  expect(await byReason('')).toMatchObject({ clicks: 1, unique_users: 1 });
  expect(await byReason('&campaign_id=erased')).toMatchObject({ clicks: 1, unique_users: 1 });
});

it('a rebuild gives the same figures', async () => {
  const all = () => Promise.all(['hidden', 'office', 'one', 'erased'].map((campaign) => aggregate(campaign)));
  const before = await all();
  expect((await system.post('/api/v1/admin/rebuild', {})).statusCode).toBe(202);
  await until(
    () => system.get<{ state: string }>('/api/v1/admin/rebuild'),
    ({ state }) => state === 'done',
  );
  expect(await all()).toEqual(before);
});
