import { toCsv } from '@clickledger/contract';
import { expect, test } from 'vitest';
import { NO_FIGURES } from '../../api/questions.js';
import { toCampaignRows, toCsvRow } from './campaign-rows.js';

const campaign = {
  campaign_id: 'autumn',
  advertiser_id: 'acme',
  name: null,
  status: 'active' as const,
  cost_per_click_micros: 95_000,
  daily_budget_micros: null,
};
const counted = {
  time_bucket: '2026-11-01T00:00:00.000Z',
  campaign_id: 'autumn',
  clicks: 3,
  unique_users: 2,
  clicks_without_visitor: 0,
  fraud_count: 1,
  billable_count: 2,
  cost_micros: 190_000,
};

test('a file of campaigns has the fields of the API first, then name, rate and amount for people', () => {
  const [row] = toCampaignRows([campaign as never], [counted], []);
  if (!row) throw new Error('no row');
  expect(toCsv([toCsvRow(row, 'Acme', 'EUR')])).toBe(
    '"campaign_id","name","advertiser_id","status","clicks","unique_users","fraud_count","billable_count","cost_micros",' +
      '"cost_per_click_micros","daily_budget_micros","spent_today_micros","advertiser_name","fraud_rate","cost","currency"\r\n' +
      '"autumn",,"acme","active",3,2,1,2,190000,95000,,0,"Acme",0.333333,0.19,"EUR"\r\n',
  );
  // No click, no rate.
  expect(toCsvRow({ ...row, ...NO_FIGURES }, null, 'EUR')).toMatchObject({ fraud_rate: null, cost: 0 });
});
