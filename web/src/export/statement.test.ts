import { money, type StatementReply, toAmountFields } from '@clickledger/contract';
import { expect, test } from 'vitest';
import { textsOf } from '../testing/pdf-texts.js';
import { makeStatement } from './statement.js';

const costing = (micros: number) => toAmountFields(money(micros, 'EUR'));

const line = (campaign_id: string, change: Partial<StatementReply['lines'][number]> = {}) => ({
  ...{
    campaign_id,
    campaign_name: null,
    is_correction: false,
    pricing_model: 'cpc' as const,
    price_micros: 250_000,
    cost_per_click_micros: 250_000,
    clicks: 1_200,
    flagged: 200,
  },
  adjusted: 0,
  billable: 1_000,
  impressions: 0,
  conversions: 0,
  ...costing(250_000_000),
  fingerprint: '1',
  ...change,
});
const statement = (lines: StatementReply['lines']): StatementReply => ({
  statement_id: 1,
  number: '2026-10-0001',
  period: '2026-10',
  time_zone: 'UTC',
  currency: 'EUR',
  from_time: '2026-10-01T00:00:00.000Z',
  to_time: '2026-11-01T00:00:00.000Z',
  advertiser_id: 'acme',
  ...{
    advertiser_name: 'Acme GmbH',
    clicks: 1_200,
    flagged: 200,
    adjusted: -3,
    billable: 997,
    impressions: 0,
    conversions: 0,
    ...costing(249_250_000),
  },
  ...{
    checksum: 'c0ffee'.repeat(10),
    csv_version: 2,
    closed_at: '2026-11-03T09:00:00.000Z',
    closed_by: 'jane',
    lines,
  },
  terms: null,
  due_on: null,
});

test('a statement says whose it is, for what, how much, and how to check it', async () => {
  const correction = line('old', {
    is_correction: true,
    clicks: 0,
    flagged: 0,
    adjusted: -3,
    billable: -3,
    ...costing(-750_000),
  });
  const [text = ''] = await textsOf(await makeStatement(statement([line('spring'), correction])));
  for (const part of [
    ...['2026-10-0001', 'Acme GmbH', 'EUR', 'October 1'],
    ...['Clicks this month', 'spring', '0.25', '1,200', '250.00', 'Corrections from earlier months', '-0.75'],
    ...['EUR 249.25', 'c0ffee'.repeat(10), 'Statement 2026-10-0001 · page 1 of 1'],
  ])
    expect(text).toContain(part);
});

test('a long one goes on, with the heads of its columns and numbered pages', async () => {
  const lines = Array.from({ length: 120 }, (_, i) => line(`campaign-${i}`));
  const pages = await textsOf(await makeStatement(statement(lines)));
  expect(pages.length).toBe(4);
  for (const [i, text] of pages.entries()) {
    expect(text).toContain(`page ${i + 1} of 4`);
    if (text.includes('campaign-')) expect(text).toContain('Cost per click');
  }
  const all = pages.join('\n');
  expect(lines.filter(({ campaign_id: id }) => !all.split('\n').includes(id))).toEqual([]);
});

test('a total that no one can pay is rounded once, and says from what', async () => {
  const odd = {
    ...statement([line('spring', { cost_per_click_micros: 180_001 })]),
    ...costing(839_805_000),
  };
  const [text = ''] = await textsOf(await makeStatement(odd));
  for (const part of ['0.180001', 'EUR 839.81', 'Total rounded from 839.805']) expect(text).toContain(part);
  const [credit = ''] = await textsOf(await makeStatement({ ...odd, ...costing(-1_005_000) }));
  expect(credit).toContain('EUR -1.01');
  const [nothing = ''] = await textsOf(await makeStatement({ ...odd, ...costing(-4_000) }));
  for (const part of ['EUR 0.00', 'rounded from -0.004']) expect(nothing).toContain(part);
  const [yen = ''] = await textsOf(await makeStatement({ ...odd, currency: 'JPY', ...costing(839_500_000) }));
  for (const part of ['JPY 840', 'rounded from 839.5']) expect(yen).toContain(part);
  const [even = ''] = await textsOf(await makeStatement(statement([line('spring')])));
  expect(even).not.toContain('rounded');
});

test('terms: issuer, signature, due date, a tax line and how to pay, as they were when the month was closed', async () => {
  const terms = {
    ...{
      issuer_name: 'Clicks Inc.',
      issuer_address: '1 Main St\nSpringfield',
      issuer_contact: 'Ann Lee, CFO',
    },
    payment_days: 14,
    tax_label: 'Sales tax',
    tax_percent: 8.875,
    payment_note: 'IBAN XX00\nRef 7',
  };
  const whole = { ...statement([line('spring')]), terms, due_on: '2026-11-17' };
  const [text = ''] = await textsOf(await makeStatement(whole));
  for (const part of [
    ...['Clicks Inc.', '1 Main St', 'Springfield', 'Ann Lee, CFO', 'November 17, 2026', 'IBAN XX00', 'Ref 7'],
    ...['Subtotal', '249.25', 'Sales tax (8.875%)', '22.12', 'EUR 271.37'],
  ])
    expect(text.split('\n')).toContain(part);
  expect(text).not.toContain('jane');
});

test('the closing has the zone of the bill, and a server without accounts signs with nobody’s name', async () => {
  const whole = {
    ...statement([line('spring')]),
    time_zone: 'Asia/Kolkata',
    closed_at: '2026-11-27T18:42:00.000Z',
  };
  const [text = ''] = await textsOf(await makeStatement(whole));
  expect(text).toMatch(/November 28, 2026 at 12:12\sAM GMT\+5:30/);
  expect(text).toContain('jane');
  const [open = ''] = await textsOf(await makeStatement({ ...whole, closed_by: 'protected mode' }));
  expect(open).not.toContain('protected mode');
  expect(open).not.toContain('Signed by');
});
