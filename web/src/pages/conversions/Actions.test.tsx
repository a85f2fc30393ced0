// @vitest-environment happy-dom
import type { ConversionAction } from '@clickledger/contract';
import { screen, within } from '@testing-library/react';
import { expect, it } from 'vitest';
import { ANALYST, refusal, renderPage } from '../../testing/render-page.js';
import { Actions } from './Actions.js';

const SALE: ConversionAction = {
  action: 'sale',
  name: 'Completed order',
  status: 'active',
  click_window_days: 30,
  user_window_days: 1,
  counting: 'every',
  default_value_micros: 9_990_000,
  default_value: '9.99',
  default_currency: 'EUR',
  created_at: '2026-11-01T00:00:00.000Z',
};
const LIST = 'GET /api/v1/conversion-actions';
const page = (data: ConversionAction[]) => ({ data, next_after: null });

it('says how actions come about while there is none, and sets one up', async () => {
  const { user, sent } = await renderPage(<Actions />, {
    answers: { [LIST]: page([]), 'PUT /api/v1/conversion-actions/lead': SALE },
  });
  await screen.findByText(/No actions yet/);
  await user.click(screen.getByTestId('new-action'));
  const form = within(await screen.findByTestId('action-form'));
  await user.type(form.getByLabelText('Action'), 'Lead');
  await user.selectOptions(form.getByLabelText('Counting'), 'one_per_click');
  await user.type(form.getByLabelText('Default value'), '2.50');
  await user.click(form.getByTestId('save-action'));
  await expect.poll(() => sent).toHaveLength(1);
  expect(sent[0]).toEqual({
    request: 'PUT /api/v1/conversion-actions/lead',
    body: {
      name: null,
      click_window_days: 30,
      user_window_days: 7,
      counting: 'one_per_click',
      default_value: '2.50',
      default_currency: 'EUR',
    },
  });
});

it('lists windows, counting, and value; one is paused, and a new one does not replace it', async () => {
  const { user, sent } = await renderPage(<Actions />, {
    answers: { [LIST]: page([SALE]), 'PATCH /api/v1/conversion-actions/sale': SALE },
  });
  const row = within((await screen.findByText('Completed order')).closest('tr') as HTMLElement);
  for (const text of ['30 days', '1 day', 'Every conversion', '€9.99', 'Active']) row.getByText(text);
  await user.click(row.getByText('Pause'));
  await expect.poll(() => sent[0]?.body).toEqual({ status: 'paused' });
  await user.click(screen.getByTestId('new-action'));
  await user.type(within(await screen.findByTestId('action-form')).getByLabelText('Action'), 'SALE');
  await screen.findByText('There is an action with this name.');
  expect((screen.getByTestId('save-action') as HTMLButtonElement).disabled).toBe(true);
});

it('gives somebody who only reads no controls, and says when the list can’t be read', async () => {
  await renderPage(<Actions />, { answers: { [LIST]: page([SALE]) }, member: ANALYST });
  await screen.findByText('Completed order');
  expect(screen.queryByRole('button')).toBeNull();
  await renderPage(<Actions />, {
    answers: { [LIST]: () => refusal(503, { code: 'away', message: 'Away.' }) },
  });
  await screen.findByTestId('panel-error');
});
