// @vitest-environment happy-dom
import type { Campaign } from '@clickledger/contract';
import { screen } from '@testing-library/react';
import { expect, it } from 'vitest';
import { columnOf, renderPage } from '../../testing/render-page.js';
import { CampaignTable, columnsFor, useCampaignTable } from './CampaignTable.js';
import { type CampaignRow, toCampaignRows } from './campaign-rows.js';

const campaign = (id: string, name: string | null, price: number): Campaign => ({
  campaign_id: id,
  advertiser_id: 'acme',
  name,
  status: 'active',
  pricing_model: 'cpc',
  cost_per_click_micros: price,
  cost_per_thousand_micros: 0,
  cost_per_conversion_micros: 0,
  daily_budget_micros: null,
  created_at: '2026-11-01T00:00:00.000Z',
});
const counted = (id: string, clicks: number, fraud_count: number) => ({
  time_bucket: '2026-11-01T00:00:00.000Z',
  campaign_id: id,
  clicks,
  unique_users: clicks,
  clicks_without_visitor: 0,
  fraud_count,
  billable_count: clicks - fraud_count,
  cost_micros: (clicks - fraud_count) * 1_000_000,
});
// As texts, 9 would come after 10 and 100.
const ROWS = toCampaignRows(
  [campaign('c-1', 'Winter', 95_001), campaign('c-2', null, 2_000_000), campaign('c-3', 'autumn', 0)],
  [counted('c-1', 9, 0), counted('c-2', 100, 50), counted('c-3', 10, 1)],
  [],
);
function Campaigns({ rows }: { rows: CampaignRow[] }) {
  return <CampaignTable table={useCampaignTable(rows)} />;
}
const show = (at: string) => renderPage(<Campaigns rows={ROWS} />, { at });

it('has the most clicks first, and the order of the address', async () => {
  await show('/campaigns');
  expect(columnOf('Clicks')).toEqual(['100', '10', '9']);
  expect(screen.getByRole('columnheader', { name: 'Clicks' }).getAttribute('aria-sort')).toBe('descending');
});

it('a number sorts from the highest at first, a name from A; once more turns the order, and the usual one is no part of the address', async () => {
  const { user, address } = await show('/campaigns?range=7d');
  const press = (name: string) => user.click(screen.getByRole('button', { name }));
  await press('Fraud');
  await expect.poll(address).toBe('/campaigns?range=7d&sort=fraudRate.desc');
  expect(columnOf('Clicks')).toEqual(['100', '10', '9']);
  await press('Fraud');
  await expect.poll(address).toBe('/campaigns?range=7d&sort=fraudRate.asc');
  expect(columnOf('Clicks')).toEqual(['9', '10', '100']);
  await press('Campaign');
  await expect.poll(address).toBe('/campaigns?range=7d&sort=name.asc');
  // One without a name goes by its id, and capitals by their letter.
  expect(columnOf('Clicks')).toEqual(['10', '100', '9']);
  await press('Clicks');
  await expect.poll(address).toBe('/campaigns?range=7d');
});

it('a price has all its digits', async () => {
  await show('/campaigns?sort=price.desc');
  expect(columnOf('Cost per click')).toEqual(['€2.00', '€0.095001', '€0.00']);
});

it('columns of conversions stand where there are some; a rate of nothing is a dash, and last in either order', async () => {
  const rows = ROWS.map((row, i) => ({ ...row, conversions: i === 1 ? 5 : 0, valueMicros: i * 100_000_000 }));
  function WithConversions() {
    return <CampaignTable table={useCampaignTable(rows, columnsFor(true).shown)} />;
  }
  for (const direction of ['asc', 'desc']) {
    await renderPage(<WithConversions />, { at: `/campaigns?sort=cpa.${direction}` });
    expect(columnOf('CPA')).toEqual(['€10.00', '–', '–']);
  }
  expect(columnOf('ROAS')[0]).toBe('2.00×');
  expect(screen.queryByText('Users ≈')).toBeNull();
  await show('/campaigns');
  expect(screen.queryByText('CPA')).toBeNull();
});

it('says when none matches', async () => {
  await renderPage(<Campaigns rows={[]} />);
  screen.getByText('No matching campaigns.');
});
