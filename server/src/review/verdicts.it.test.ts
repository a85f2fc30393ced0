import { randomUUID } from 'node:crypto';
import type {
  AggregateReply,
  AuditReply,
  BatchReply,
  ClickLogReply,
  ClickStory,
  FraudSummaryReply,
  RunsReply,
  VerdictReply,
  VerdictsReply,
} from '@clickledger/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestSystem, type TestSystem } from '../testing/system.js';
import { appendAdjustments } from './adjustments.js';

/** What a person says of clicks, against what the rules say. */
const BOT = 'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)';
const CHROME =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36';
const COST = 250_000;
const HOUR_MS = 3_600_000;
const startMs = Math.floor(Date.now() / HOUR_MS) * HOUR_MS - 24 * HOUR_MS;
const iso = (ms: number) => new Date(startMs + ms).toISOString();

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

/** Clicks of one user, `gapMs` apart. */
async function send(user: string, count: number, atMs: number, userAgent = CHROME, gapMs = 60_000) {
  const clicks = Array.from({ length: count }, (_, i) => ({
    click_id: randomUUID(),
    ad_id: `ad-${i}`,
    campaign_id: 'c',
    advertiser_id: 'v',
    user_id: user,
    timestamp: iso(atMs + i * gapMs),
    country: 'US',
    user_agent: userAgent,
  }));
  const reply = await system.post('/api/v1/clicks/batch', { clicks }, { 'x-forwarded-for': '11.0.0.1' });
  expect(reply.json<BatchReply>().accepted).toBe(count);
  await system.caughtUp();
  return clicks.map(({ click_id }) => click_id);
}
const give = async (clickId: string, is_fraudulent: boolean, note = 'looked at') => {
  const reply = await system.post(`/api/v1/clicks/${clickId}/verdict`, { is_fraudulent, note });
  await system.caughtUp();
  return reply;
};
const giveAll = async (body: object) => {
  const reply = await system.post('/api/v1/clicks/verdicts', { note: 'looked at', ...body });
  expect(reply.statusCode, reply.body).toBe(200);
  await system.caughtUp();
  return reply.json<VerdictsReply>();
};
const total = async (fromMs: number, toMs: number) =>
  (
    await system.get<AggregateReply>(
      `/api/v1/analytics/aggregate?start_time=${iso(fromMs)}&end_time=${iso(toMs)}&granularity=total`,
    )
  ).data[0];
const run = async (fromMs: number, toMs: number) => {
  const body = { start_time: iso(fromMs), end_time: iso(toMs) };
  const runs = (await system.post('/api/v1/fraud/rules/run', body)).json<RunsReply>().data;
  await system.caughtUp();
  return runs;
};

describe('of one click', () => {
  it('a flag is taken back: the click is billable, once, with who and why', async () => {
    const [id = ''] = await send('flagged', 1, 0, BOT);
    expect(await total(0, HOUR_MS)).toMatchObject({ fraud_count: 1, billable_count: 0, cost_micros: 0 });
    const first = await give(id, false, 'our own crawler');
    expect(first.json<VerdictReply>()).toEqual({ click_id: id, is_fraudulent: false, changed: true });
    expect((await give(id, false)).json<VerdictReply>().changed).toBe(false);
    expect(await total(0, HOUR_MS)).toMatchObject({ fraud_count: 0, billable_count: 1, cost_micros: COST });

    const story = await system.get<ClickStory>(`/api/v1/clicks/${id}`);
    expect(story.click).toMatchObject({ is_fraudulent: false, fraud_reason: null });
    expect(story.adjustments).toEqual([
      expect.objectContaining({
        is_fraudulent: false,
        reason: null,
        evidence: { note: 'our own crawler' },
        made_by: 'protected mode',
        is_deferred: false,
      }),
    ]);
    const { data } = await system.get<AuditReply>('/api/v1/admin/audit?kind=click');
    expect(data).toEqual([
      expect.objectContaining({
        action: 'click.verdict',
        subject: `click ${id}`,
        before: { is_fraudulent: true },
        after: { is_fraudulent: false, note: 'our own crawler', clicks: 1 },
      }),
    ]);
  });

  it('a clean one is marked as invalid, and as valid again', async () => {
    const [id = ''] = await send('clean', 1, 2 * HOUR_MS);
    expect((await give(id, true, 'bought traffic')).json<VerdictReply>().changed).toBe(true);
    expect(await total(2 * HOUR_MS, 3 * HOUR_MS)).toMatchObject({ fraud_count: 1, cost_micros: 0 });
    const log = await system.get<ClickLogReply>(`/api/v1/clicks?fraud_reason=manual_review`);
    expect(log.data.map(({ click_id }) => click_id)).toEqual([id]);
    const story = await system.get<ClickStory>(`/api/v1/clicks/${id}`);
    expect(story.adjustments[0]?.evidence).toEqual({ note: 'bought traffic' });
    expect((await give(id, false)).json<VerdictReply>().changed).toBe(true);
    expect(await total(2 * HOUR_MS, 3 * HOUR_MS)).toMatchObject({ fraud_count: 0, cost_micros: COST });
  });

  it('refuses a verdict without a reason, and one on a click that is not there', async () => {
    const [id = ''] = await send('refused', 1, 3 * HOUR_MS);
    const reply = await system.post(`/api/v1/clicks/${id}/verdict`, { is_fraudulent: true, note: ' ' });
    expect(reply.statusCode).toBe(400);
    expect(reply.json().error.fieldErrors).toEqual({ note: ['Must not be empty'] });
    expect((await give(randomUUID(), true)).statusCode).toBe(404);
    expect((await give('none', true)).statusCode).toBe(400);
  });
});

describe('of many clicks', () => {
  it('what a rule flagged is taken back by its name and range, and no rule flags it again', async () => {
    const at = 4 * HOUR_MS;
    const ids = await send('clock', 12, at);
    const [found] = await run(at, at + HOUR_MS);
    expect(found).toMatchObject({ rule: 'regular_gaps', adjusted: 12 });
    const filters = { fraud_reason: 'regular_gaps', start_time: found?.from_time, end_time: found?.to_time };
    expect(await giveAll({ is_fraudulent: false, filters })).toEqual({ changed: 12, next_cursor: null });
    expect(await total(at, at + HOUR_MS)).toMatchObject({
      clicks: 12,
      fraud_count: 0,
      cost_micros: 12 * COST,
    });
    expect(await run(at, at + HOUR_MS)).toEqual([]);
    // The ledger itself holds to it, whatever analytics says.
    const { rows } = await system.pool.query<{ clickId: string; batchId: number; receivedAtMs: number }>(
      `SELECT click_id AS "clickId", batch_id AS "batchId", (extract(epoch FROM received_at) * 1000)::bigint AS "receivedAtMs"
       FROM click_events WHERE click_id = ANY ($1)`,
      [ids],
    );
    const clicks = rows.map((row) => ({ ...row, reason: 'many_ads', evidence: '{}' }));
    const by = { tenantId: 1, madeAtMs: Date.now(), rulesVersion: 0, isFraudulent: true, clicks };
    expect(await appendAdjustments(system.pool, { ...by, madeBy: 'many_ads' })).toBe(0);
    expect(await appendAdjustments(system.pool, { ...by, madeBy: 'somebody', byPerson: true })).toBe(12);
    await system.caughtUp();
  });

  it('a limit leaves the others to the cursor; of a closed time each is changed once as well', async () => {
    const at = 6 * HOUR_MS;
    await send('limited', 7, at, BOT);
    const closed = await system.app.inject({
      method: 'PUT',
      url: '/api/v1/fraud/closed-until',
      payload: { closed_until: iso(8 * HOUR_MS) },
    });
    expect(closed.statusCode).toBe(200);
    const before = await total(0, 25 * HOUR_MS);
    const body = { is_fraudulent: false, filters: { user_id: 'limited' }, limit: 3 };
    const first = await giveAll(body);
    expect(first).toEqual({ changed: 3, next_cursor: expect.any(String) });
    // Without the cursor it goes past what it did before, which the log of a closed time shows as it was billed.
    const second = await giveAll(body);
    expect(second.changed).toBe(3);
    expect(await giveAll({ ...body, cursor: second.next_cursor })).toEqual({ changed: 1, next_cursor: null });
    expect(await giveAll(body)).toEqual({ changed: 0, next_cursor: null });
    // The closed time is as it was; the credit counts now.
    expect(await total(at, at + HOUR_MS)).toMatchObject({ clicks: 7, fraud_count: 7 });
    const after = await total(0, 25 * HOUR_MS);
    expect(after).toMatchObject({
      clicks: before?.clicks,
      fraud_count: (before?.fraud_count ?? 0) - 7,
      cost_micros: (before?.cost_micros ?? 0) + 7 * COST,
    });
    const { data } = await system.get<AuditReply>('/api/v1/admin/audit?kind=click&limit=3');
    expect(JSON.stringify(data)).not.toContain('limited');
  });

  it('needs a filter, and takes none that it does not know', async () => {
    for (const filters of [{}, { flagged: 'true' }]) {
      const body = { is_fraudulent: false, note: 'x', filters };
      expect((await system.post('/api/v1/clicks/verdicts', body)).statusCode).toBe(400);
    }
  });
});

it.each([
  [20, false],
  [21, true],
])(
  'a rule that fires on more than a fifth of clean clicks separates nothing: %i of 100',
  async (fired, separates_nothing) => {
    const at = (11 + fired - 20) * HOUR_MS;
    const clicks = Array.from({ length: 100 }, (_, i) => ({
      ad_id: `share-${i}`,
      campaign_id: 'share',
      advertiser_id: 'v',
      user_id: `share-${fired}-${i}`,
      timestamp: iso(at),
      user_agent: CHROME,
      // The address is of the United States.
      country: i < fired ? 'DE' : 'US',
    }));
    const reply = await system.post(
      '/api/v1/clicks/batch',
      { clicks },
      { 'x-forwarded-for': `11.44.0.${fired}` },
    );
    expect(reply.json<BatchReply>().accepted).toBe(100);
    await system.caughtUp();
    const { rules } = await system.get<FraudSummaryReply>(
      `/api/v1/fraud/summary?start_time=${iso(at)}&end_time=${iso(at + HOUR_MS)}&granularity=hour`,
    );
    const geo = rules.find(({ rule }) => rule === 'geo_mismatch');
    expect(geo).toMatchObject({ fired_on_clean: fired, clean_share: fired / 100, separates_nothing });
  },
);

it('somebody who only reads gives none', async () => {
  const [id = ''] = await send('reader', 1, 10 * HOUR_MS);
  const made = await system.post('/api/v1/keys', { name: 'reader', scopes: ['read'] });
  const headers = { authorization: `Bearer ${made.json().key}` };
  const reply = await system.post(
    `/api/v1/clicks/${id}/verdict`,
    { is_fraudulent: true, note: 'x' },
    headers,
  );
  expect(reply.statusCode).toBe(403);
});
