// @vitest-environment happy-dom
import type { AdvertiserBill, PeriodReply } from '@clickledger/contract';
import { screen, within } from '@testing-library/react';
import { expect, it } from 'vitest';
import { ANALYST, refusal, renderPage } from '../../testing/render-page.js';
import { Month } from './Month.js';

const CLOSE = 'POST /api/v1/billing/periods/2026-10/close';
const counts = {
  clicks: 50,
  flagged: 8,
  adjusted: -2,
  billable: 40,
  impressions: 0,
  conversions: 0,
  cost_micros: 10_000_001,
  cost: '10.000001',
};
const bill = (id: string): AdvertiserBill => ({
  advertiser_id: id,
  advertiser_name: null,
  statement_id: null,
  number: null,
  lines: [],
  ...counts,
});
const open: PeriodReply = {
  period: '2026-10',
  from_time: '2026-10-01T00:00:00.000Z',
  to_time: '2026-11-01T00:00:00.000Z',
  state: 'open',
  may_close: true,
  closed_at: null,
  closed_by: null,
  statements: null,
  totals: counts,
  currency: 'EUR',
  time_zone: 'UTC',
  is_whole: true,
  advertisers: [bill('acme')],
  next_after: null,
  unpriced_clicks: 0,
};

it.each([
  ['one advertiser', { advertisers: [bill('a')] }, 'become one statement, calculated'],
  ['several', { advertisers: [bill('a'), bill('b')] }, 'become 2 statements, one per advertiser, calculated'],
  [
    'more than are loaded',
    { advertisers: [bill('a')], next_after: 'a' },
    'become one statement per advertiser, calculated',
  ],
])('a month of %s is closed after a question that says what it becomes', async (_name, of, words) => {
  const { user, sent, address } = await renderPage(<Month month={{ ...open, ...of }} />, {
    answers: { [CLOSE]: {} },
    at: '/billing',
  });
  await user.click(screen.getByTestId('close-month'));
  within(screen.getByTestId('close-dialog')).getByText(words, { exact: false });
  expect(sent).toEqual([]);
  await user.click(screen.getByTestId('close-confirm'));
  await expect.poll(() => sent).toEqual([{ request: CLOSE, body: null }]);
  await expect.poll(() => screen.queryByTestId('close-confirm')).toBeNull();
  // Closed, it is no longer the month that is shown by itself.
  expect(address()).toBe('/billing?month=2026-10');
});

it('one that can not be closed says why, and the question stays', async () => {
  const { user } = await renderPage(<Month month={open} />, {
    answers: { [CLOSE]: () => refusal(409, { code: 'not_in_turn', message: 'Close September 2026 first.' }) },
  });
  await user.click(screen.getByTestId('close-month'));
  await user.click(screen.getByTestId('close-confirm'));
  expect((await screen.findByRole('alert')).textContent).toBe('Close September 2026 first.');
  screen.getByTestId('close-confirm');
});

it('nothing is closed by who cancels', async () => {
  const { user, sent } = await renderPage(<Month month={open} />);
  await user.click(screen.getByTestId('close-month'));
  await user.click(screen.getByRole('button', { name: 'Cancel' }));
  expect(screen.queryByTestId('close-confirm')).toBeNull();
  expect(sent).toEqual([]);
});

it.each([
  ['whoever may not close', open, ANALYST],
  ['a month whose turn it is not', { ...open, may_close: false }, undefined],
])('%s is offered no way to', async (_name, month, member) => {
  await renderPage(<Month month={month} />, member ? { member } : {});
  await screen.findByText('Amount');
  expect(screen.queryByTestId('close-month')).toBeNull();
});

it('its amount is rounded on screen and exact when one looks', async () => {
  await renderPage(<Month month={open} />);
  const amount = screen.getByTestId('bill-amount');
  expect([amount.textContent, amount.title]).toEqual(['€10.00', '€10.000001']);
});

it.each([
  [{}, null],
  [{ unpriced_clicks: 1 }, '1 click of campaigns without a price is not billed.'],
  [{ unpriced_clicks: 1_200 }, '1,200 clicks of campaigns without a price are not billed.'],
])('clicks without a price are said to be in no bill: %j', async (of, words) => {
  await renderPage(<Month month={{ ...open, ...of }} />);
  expect(screen.queryByTestId('unpriced')?.textContent ?? null).toBe(words);
});

it('says when retention has removed clicks of the month', async () => {
  await renderPage(<Month month={{ ...open, is_whole: false }} />);
  screen.getByTestId('month-not-whole');
});
