import type { AggregateReply, AggregateRow, ValidationErrorReply } from '@clickledger/contract';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { aClick, startTestSystem, type TestSystem } from '../../testing/system.js';

const HOUR_MS = 3_600_000;
const METRICS = 'impressions,ctr,spend,cpm,ecpc';
/** The hour before the running one: all of it is over. */
const hourMs = Math.floor(Date.now() / HOUR_MS) * HOUR_MS - HOUR_MS;
const at = (ms: number) => new Date(ms).toISOString();

let system: TestSystem;
beforeAll(async () => {
  system = await startTestSystem();
  await system.app.inject({
    method: 'PUT',
    url: '/api/v1/campaigns/camp-1',
    payload: { advertiser_id: 'adv-1', cost_per_click_micros: 250_000 },
  });
  const click = (fields: object) =>
    aClick({ ad_id: 'ad-1', timestamp: at(hourMs + 60_000), country: 'DE', ...fields });
  const clicks = [click({}), click({}), click({ country: 'FR' }), click({ user_agent: 'Googlebot/2.1' })];
  expect((await system.post('/api/v1/clicks/batch', { clicks })).statusCode).toBe(202);
  const shown = (ad: string, count: number, fields: object = {}) => ({
    ad_id: ad,
    campaign_id: 'camp-1',
    advertiser_id: 'adv-1',
    hour: at(hourMs + 30 * 60_000),
    count,
    ...fields,
  });
  const impressions = [
    shown('ad-1', 600, { country: 'DE' }),
    shown('ad-1', 400, { country: 'FR', device_type: 'mobile' }),
    shown('ad-2', 50),
    shown('ad-1', 7, { hour: at(hourMs - HOUR_MS) }),
  ];
  expect((await system.post('/api/v1/impressions', { report_id: 'one', impressions })).statusCode).toBe(202);
  await system.caughtUp();
});
afterAll(() => system?.close());

const ask = async (more: string, fromMs = hourMs, toMs = hourMs + HOUR_MS): Promise<AggregateRow[]> => {
  const range = `start_time=${at(fromMs)}&end_time=${at(toMs)}`;
  const reply = await system.get<AggregateReply>(
    `/api/v1/analytics/aggregate?${range}&metrics=${METRICS}&${more}`,
  );
  expect(reply.sources).toContain('impressions_by_hour');
  return reply.data;
};

it('rows have impressions, click-through rate, spend, cost of 1,000 impressions and of a billable click', async () => {
  expect(await ask('granularity=total')).toMatchObject([
    {
      clicks: 4,
      billable_count: 3,
      impressions: 1_050,
      ctr: 4 / 1_050,
      spend_micros: 750_000,
      cpm_micros: Math.round(750_000 / 1.05),
      ecpc_micros: 250_000,
    },
  ]);
});

it('groups that were shown and not clicked are there, without rates of what they lack', async () => {
  const rows = await ask('granularity=total&group_by=ad_id&limit=10');
  expect(
    rows.map(({ ad_id, clicks, impressions, ctr, ecpc_micros }) => [
      ad_id,
      clicks,
      impressions,
      ctr,
      ecpc_micros,
    ]),
  ).toEqual([
    ['ad-1', 4, 1_000, 0.004, 250_000],
    ['ad-2', 0, 50, 0, null],
  ]);
  const [filtered] = await ask('granularity=total&country=FR&device_type=mobile');
  expect(filtered).toMatchObject({ clicks: 0, impressions: 400 });
  const other = await ask('granularity=total&group_by=country');
  expect(other.map(({ country, impressions }) => [country, impressions]).sort()).toEqual([
    ['', 50],
    ['DE', 600],
    ['FR', 400],
  ]);
});

it('an hour’s impressions count where it begins', async () => {
  const hours = await ask('granularity=hour&fill=true', hourMs - HOUR_MS, hourMs + HOUR_MS);
  expect(hours.map(({ impressions, ctr }) => [impressions, ctr])).toEqual([
    [7, 0],
    [1_050, 4 / 1_050],
  ]);
  const [late] = await ask('granularity=total', hourMs - HOUR_MS + 60_000);
  expect(late?.impressions).toBe(1_050);
});

it.each([
  ['granularity=minute', 'granularity'],
  ['granularity=total&group_by=os', 'metrics'],
  ['granularity=total&browser=Firefox', 'metrics'],
  ['granularity=total&not_fraud_reason=blocked', 'metrics'],
])('what impressions do not have is refused by name: %s', async (more, field) => {
  const range = `start_time=${at(hourMs)}&end_time=${at(hourMs + HOUR_MS)}`;
  const reply = await system.app.inject({ url: `/api/v1/analytics/aggregate?${range}&metrics=ctr&${more}` });
  expect(reply.statusCode).toBe(400);
  expect(Object.keys(reply.json<ValidationErrorReply>().error.fieldErrors)).toEqual([field]);
});
