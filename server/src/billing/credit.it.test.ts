import { randomUUID } from 'node:crypto';
import type {
  PeriodReply,
  RebuildReply,
  ReconciliationReply,
  StatementReply,
  StatementsReply,
  VerifyReply,
} from '@clickledger/contract';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { monthOf } from '../analytics/rollups/dropped-months.js';
import { maintainLedger } from '../ledger/maintain.js';
import { type AdjustedClick, appendAdjustments } from '../review/adjustments.js';
import { DAY_MS, daysSince, makePastDay } from '../testing/past-days.js';
import { aClick, startTestSystem, type TestSystem } from '../testing/system.js';
import { monthAfter } from './months.js';

const today = new Date();
const monthStart = (ago: number) => Date.UTC(today.getUTCFullYear(), today.getUTCMonth() - ago, 1);
const RUNNING = today.toISOString().slice(0, 7);
const CLICKS_MONTH = monthAfter(RUNNING, -2);
const CREDIT_MONTH = monthAfter(RUNNING, -1);
const CLICKED_AT = monthStart(2) + 4 * DAY_MS;
const FLAGGED_AT = monthStart(1) + 9 * DAY_MS;
/** In the month before the first that is closed: billing has not begun. */
const UNBILLED_AT = monthStart(2) - DAY_MS;
const PRICE = 500_000;

let nowMs = CLICKED_AT;
let system: TestSystem;
beforeAll(async () => {
  system = await startTestSystem({}, { now: () => nowMs, reconcileEveryMs: 100 });
  await makePastDay(system.pool, CLICKED_AT);
  await makePastDay(system.pool, FLAGGED_AT);
  await system.pool.query(
    `UPDATE tenants SET created_at = to_timestamp(${monthStart(2)} / 1000.0);
     INSERT INTO advertisers (tenant_id, advertiser_id) VALUES (1, 'adv-1');
     INSERT INTO campaigns (tenant_id, campaign_id, advertiser_id, cost_per_click_micros) VALUES (1, 'camp-1', 'adv-1', ${PRICE})`,
  );
});
afterAll(() => system?.close());

const close = async (period: string) => {
  const reply = await system.post(`/api/v1/billing/periods/${period}/close`, {});
  expect(reply.statusCode, reply.body).toBe(201);
  return reply.json<PeriodReply>();
};
const inAnalytics = async () => {
  const rows = await system.analytics?.query({
    query: `SELECT toYYYYMM(bucket) AS month, campaign_id, sum(clicks) AS n, sum(fraud) AS f, sum(cost_micros) AS c FROM clicks_by_hour
      WHERE dimensions = 4 GROUP BY month, campaign_id ORDER BY month`,
    format: 'JSONEachRow',
  });
  return rows?.json();
};

it('a credit for a click that retention has dropped is billed, matches, and outlives a rebuild', async () => {
  const clicks = Array.from({ length: 10 }, (_, n) =>
    aClick({ click_id: randomUUID(), user_id: `user-${n}`, ip_address: `8.8.4.${n}` }),
  );
  const unbilled = aClick({ click_id: randomUUID(), timestamp: new Date(UNBILLED_AT).toISOString() });
  const all = { clicks: [...clicks, unbilled] };
  expect((await system.post('/api/v1/clicks/batch', all)).statusCode).toBe(202);
  await system.folded();
  nowMs = Date.now();
  expect((await close(CLICKS_MONTH)).totals).toMatchObject({ billable: 10, cost_micros: 10 * PRICE });
  // The closed month never changes: what is found about it later is a credit.
  nowMs = FLAGGED_AT;
  const { rows } = await system.pool.query<AdjustedClick>(
    `SELECT click_id AS "clickId", batch_id AS "batchId", (extract(epoch FROM received_at) * 1000)::bigint AS "receivedAtMs",
       'inhuman_regularity' AS reason, '{}' AS evidence
     FROM click_events WHERE click_id = ANY ($1)`,
    [[clicks[0]?.click_id, unbilled.click_id]],
  );
  expect(rows).toHaveLength(2);
  const verdict = { madeBy: 'test', rulesVersion: 1, isFraudulent: true };
  await appendAdjustments(system.pool, {
    tenantId: 1,
    madeAtMs: FLAGGED_AT,
    clicks: rows,
    ...verdict,
  });
  nowMs = Date.now();
  await system.folded();
  const before = await inAnalytics();

  await maintainLedger(system.pool, { dedupWindowDays: 7, retentionDays: daysSince(CLICKED_AT) - 1 });
  expect((await system.pool.query('SELECT FROM click_events')).rowCount).toBe(0);
  await system.pool.query('UPDATE chunks SET reconciled_at = NULL');
  const checked = await system.untilRelayed(
    () => system.get<ReconciliationReply>('/api/v1/admin/reconciliation'),
    (reply) => reply.unchecked_chunks === 0,
  );
  expect(checked).toMatchObject({ differences_found: 0 });

  await system.post('/api/v1/admin/rebuild', {});
  const rebuilt = await system.untilRelayed(
    () => system.get<RebuildReply>('/api/v1/admin/rebuild'),
    ({ state }) => state === 'done' || state === 'failed',
  );
  expect(rebuilt).toMatchObject({
    state: 'done',
    months_exchanged: [monthOf(FLAGGED_AT)],
    months_kept: [monthOf(UNBILLED_AT), monthOf(CLICKED_AT)],
  });
  expect(await inAnalytics()).toEqual(before);

  const open = await system.get<PeriodReply>(`/api/v1/billing/periods/${CREDIT_MONTH}`);
  // One credit: the other click was never billed.
  expect(open).toMatchObject({ is_whole: true, totals: { billable: -1, cost_micros: -PRICE } });
  expect((await close(CREDIT_MONTH)).totals).toEqual(open.totals);
  const list = await system.get<StatementsReply>(`/api/v1/billing/statements?period=${CREDIT_MONTH}`);
  const id = list.data[0]?.statement_id;
  const statement = await system.get<StatementReply>(`/api/v1/billing/statements/${id}`);
  expect(statement.lines).toMatchObject([{ is_correction: true, clicks: 0, cost_micros: -PRICE }]);
  const verified = await system.get<VerifyReply>(`/api/v1/billing/statements/${id}/verify`);
  expect(verified).toMatchObject({ result: 'matches', differences: [] });
  const [first] = (await system.get<StatementsReply>(`/api/v1/billing/statements?period=${CLICKS_MONTH}`))
    .data;
  expect(
    await system.get<VerifyReply>(`/api/v1/billing/statements/${first?.statement_id}/verify`),
  ).toMatchObject({ result: 'not_kept' });
  expect(await system.get<PeriodReply>(`/api/v1/billing/periods/${CLICKS_MONTH}`)).toMatchObject({
    is_whole: false,
  });
});
