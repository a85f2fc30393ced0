import { createHash, randomUUID } from 'node:crypto';
import type {
  AggregateReply,
  PeriodReply,
  StatementReply,
  StatementsReply,
  VerifyReply,
} from '@clickledger/contract';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { costByCampaign } from '../analytics/queries/counts.js';
import { Rollups } from '../analytics/queries/rollups.js';
import { appendImpressions } from '../impressions/append-impressions.js';
import { appendBatch } from '../ledger/append-batch.js';
import { EntityRegistry } from '../ledger/entities.js';
import { readMarks } from '../ledger/folds.js';
import { convert, decide, matched } from '../testing/conversions.js';
import { aJudgedClick } from '../testing/judged-click.js';
import { startTestSystem, type TestSystem } from '../testing/system.js';
import { monthAfter, monthAt } from './months.js';

const running = monthAt(Date.now(), 'UTC');
const period = monthAfter(running, -1);
/** The last hour of the month before the running one. */
const atMs = Date.parse(`${running}-01T00:00:00Z`) - 3_600_000;
const sale = { clickId: randomUUID(), conversionId: '' };
const path = (month: string) => `/api/v1/billing/periods/${month}`;

let system: TestSystem;
beforeAll(async () => {
  system = await startTestSystem();
  const { pool } = system;
  await price('cpc', {
    cost_per_click_micros: 250_000,
    cost_per_thousand_micros: 9,
    cost_per_conversion_micros: 9,
  });
  await price('cpm', { pricing_model: 'cpm', cost_per_click_micros: 9, cost_per_thousand_micros: 1_500_001 });
  await price('cpa', {
    pricing_model: 'cpa',
    cost_per_click_micros: 9,
    cost_per_conversion_micros: 5_000_000,
  });
  const click = (campaignId: string, clickId = randomUUID()) =>
    aJudgedClick({ clickId, campaignId, adId: campaignId, advertiserId: 'adv', clickedAtMs: atMs });
  const rows = [click('cpc'), click('cpm'), click('cpa', sale.clickId)];
  await appendBatch(pool, new EntityRegistry(), rows, Date.now());
  await shown('one', 1_001);
  await price('cpm', { cost_per_thousand_micros: 2_000_000 });
  await shown('two', 10);
  sale.conversionId = (
    await convert(pool, { clickId: sale.clickId, userId: null, convertedAtMs: atMs + 1_000 })
  ).conversionId;
});
afterAll(() => system?.close());

async function price(campaign: string, fields: object): Promise<void> {
  const method =
    (await system.app.inject(`/api/v1/campaigns/${campaign}`)).statusCode === 200 ? 'PATCH' : 'PUT';
  const payload = { ...(method === 'PUT' ? { advertiser_id: 'adv' } : {}), ...fields };
  const reply = await system.app.inject({ method, url: `/api/v1/campaigns/${campaign}`, payload });
  expect(reply.statusCode, reply.body).toBe(200);
}
async function shown(id: string, count: number): Promise<void> {
  const row = {
    tenantId: 1,
    hourMs: atMs,
    adId: 'cpm',
    campaignId: 'cpm',
    advertiserId: 'adv',
    linkId: '',
    count,
  };
  const write = { owner: 1, id, bodyHash: '', rows: [{ ...row, country: '', deviceType: '' }] };
  expect(await appendImpressions(system.pool, write, Date.now(), true)).toEqual({ as: 'new', refused: [] });
}
const linesOf = ({ advertisers }: PeriodReply) =>
  advertisers.flatMap(({ lines }) =>
    lines.map((line) => [
      ...[line.campaign_id, line.pricing_model, line.is_correction, line.price_micros],
      ...[line.billable, line.impressions, line.conversions, line.cost],
    ]),
  );

it('a month has lines of clicks, of impressions at each price, rounded once a line, and of conversions; open and closed say the same', async () => {
  // The relay attributes it by itself, unless this is sooner: either way the sale is the click's.
  await decide(system.pool, sale.conversionId, { click: await matched(system.pool, sale.clickId) });
  await system.caughtUp();
  const open = await system.get<PeriodReply>(path(period));
  expect(linesOf(open)).toEqual([
    ['cpa', 'cpa', false, 5_000_000, 0, 0, 1, '5'],
    ['cpc', 'cpc', false, 250_000, 1, 0, 0, '0.25'],
    // 1,501.501001 thousandths
    ['cpm', 'cpm', false, 1_500_001, 0, 1_001, 0, '1.501501'],
    ['cpm', 'cpm', false, 2_000_000, 0, 10, 0, '0.02'],
  ]);
  expect(open.totals).toMatchObject({ billable: 1, impressions: 1_011, conversions: 1, cost: '6.771501' });
  expect((await system.post(`${path(period)}/close`, {})).statusCode).toBe(201);
  const closed = await system.get<PeriodReply>(path(period));
  expect(linesOf(closed)).toEqual(linesOf(open));
  expect(closed.totals).toEqual(open.totals);
});

it('a daily budget counts what every model costs', async () => {
  const { analytics, pool } = system;
  if (!analytics) throw new Error('no analytics');
  const range = { tenantId: 1, fromMs: atMs, toMs: atMs + 3_600_000 };
  const spent = await costByCampaign(
    analytics,
    range,
    ['cpc', 'cpm', 'cpa'],
    Rollups.from(() => readMarks(pool)),
  );
  expect(Object.fromEntries(spent)).toEqual({ cpc: 250_000n, cpm: 1_521_501n, cpa: 5_000_000n });
});

it('what a conversion costs is of all that was paid; by what impressions do not have, of clicks and conversions', async () => {
  const range = `start_time=${new Date(atMs).toISOString()}&end_time=${new Date(atMs + 3_600_000).toISOString()}`;
  const ask = async (more: string) =>
    (await system.get<AggregateReply>(`/api/v1/analytics/aggregate?${range}&granularity=total&${more}`)).data;
  expect(await ask('metrics=spend,cpa')).toMatchObject([{ spend_micros: 6_771_501, cpa_micros: 6_771_501 }]);
  const campaigns = await ask('metrics=spend,cpa&group_by=campaign_id');
  expect(
    campaigns
      .map(({ campaign_id, spend_micros, cpa_micros }) => [campaign_id, spend_micros, cpa_micros])
      .sort(),
  ).toEqual([
    ['cpa', 5_000_000, 5_000_000],
    ['cpc', 250_000, null],
    ['cpm', 1_521_501, null],
  ]);
  expect(await ask('metrics=cpa&group_by=browser')).toMatchObject([{ cpa_micros: 5_250_000 }]);
});

it('its statement says which model, matches the ledger, and its checksum is of its file', async () => {
  const { data } = await system.get<StatementsReply>('/api/v1/billing/statements');
  const url = `/api/v1/billing/statements/${data[0]?.statement_id}`;
  const statement = await system.get<StatementReply>(url);
  expect(statement).toMatchObject({ csv_version: 3, impressions: 1_011, conversions: 1 });
  const file = (await system.app.inject(`${url}/statement.csv`)).body;
  expect(createHash('sha256').update(file).digest('hex')).toBe(statement.checksum);
  expect(file.split('\r\n')[0]).toContain('"events_of","pricing_model","clicks"');
  expect(file).toContain('"this month","cpm",0,0,0,0,1001,0,1.500001,1.501501,"USD"');
  expect(await system.get<VerifyReply>(`${url}/verify`)).toMatchObject({
    result: 'matches',
    differences: [],
  });
  // Impressions that are gone are seen.
  await system.pool.query('UPDATE impression_counts SET impressions = 11 WHERE impressions = 10');
  const differs = await system.get<VerifyReply>(`${url}/verify`);
  await system.pool.query('UPDATE impression_counts SET impressions = 10 WHERE impressions = 11');
  expect(differs).toMatchObject({
    result: 'differs',
    differences: [{ pricing_model: 'cpm', stated: { impressions: 10 }, counted: { impressions: 11 } }],
  });
});

it('a sale that is taken back after the closing, and impressions that come late, are corrections of the next month', async () => {
  await decide(system.pool, sale.conversionId, {
    cause: 'retracted',
    status: 'retracted',
    reason: 'retracted',
  });
  await shown('late', 500);
  await system.caughtUp();
  const next = await system.get<PeriodReply>(path(running));
  expect(linesOf(next)).toEqual([
    ['cpa', 'cpa', true, 5_000_000, 0, 0, -1, '-5'],
    ['cpm', 'cpm', true, 2_000_000, 0, 500, 0, '1'],
  ]);
  expect(next.totals).toMatchObject({ billable: 0, impressions: 500, conversions: -1, cost: '-4' });
});
