// @vitest-environment happy-dom
import { DEFAULT_RULE_SETTINGS, type RulesReply } from '@clickledger/contract';
import { screen, within } from '@testing-library/react';
import { expect, it } from 'vitest';
import { ANALYST, refusal, renderPage } from '../../testing/render-page.js';
import { RulesEditor } from './RulesEditor.js';

const RULES = 'PUT /api/v1/fraud/rules';
const BACKTEST = 'POST /api/v1/fraud/rules/backtest';
const inForce: RulesReply = {
  version: 7,
  settings: DEFAULT_RULE_SETTINGS,
  rules: ['velocity_ip', 'velocity_user', 'regular_gaps'].map((rule) => ({
    rule,
    category: 'SIVT',
    strength: 'strong',
    kind: 'speed',
    says: `What ${rule} says.`,
  })),
};
const tested = {
  clicks: 1_000,
  newly_flagged: 0,
  no_longer_flagged: 0,
  cost_micros_now: 0,
  cost_micros_then: 0,
  from_time: '2026-11-01T00:00:00.000Z',
  to_time: '2026-11-28T00:00:00.000Z',
  rules: [],
  campaigns: [],
  samples: [],
  query_time_ms: 1,
};
const limitOf = (rule: string) => screen.getByLabelText(`${rule}: clicks allowed`, { exact: false });
const type = async (
  user: Awaited<ReturnType<typeof renderPage>>['user'],
  field: HTMLElement,
  text: string,
) => {
  await user.clear(field);
  await user.type(field, text);
};

it('saves the changed rules alone, with the reason, and is then as before', async () => {
  const { user, sent } = await renderPage(<RulesEditor inForce={inForce} />, {
    answers: { [RULES]: inForce },
  });
  await type(user, limitOf('Clicks per IP'), '42');
  await user.type(screen.getByLabelText('Reason'), 'a stricter day');
  await user.click(screen.getByRole('button', { name: 'Save' }));
  await expect.poll(() => screen.queryByTestId('unsaved')).toBeNull();
  expect(sent).toEqual([
    {
      request: RULES,
      body: { velocity_ip: { ...DEFAULT_RULE_SETTINGS.velocity_ip, count_max: 42 }, note: 'a stricter day' },
    },
  ]);
});

it('a number that is typed back is no change, and a change that is discarded is gone', async () => {
  const { user, sent } = await renderPage(<RulesEditor inForce={inForce} />);
  const before = String(DEFAULT_RULE_SETTINGS.velocity_user.count_max);
  const field = limitOf('Clicks per user');
  await type(user, field, '9');
  screen.getByText('1 unsaved rule');
  await type(user, field, before);
  expect(screen.queryByTestId('unsaved')).toBeNull();
  await type(user, field, '9');
  await user.selectOptions(screen.getByLabelText('Clicks per IP: state'), 'off');
  screen.getByText('2 unsaved rules');
  await user.click(screen.getByRole('button', { name: 'Discard' }));
  expect(screen.queryByTestId('unsaved')).toBeNull();
  expect(field).toHaveProperty('value', before);
  expect(sent).toEqual([]);
});

it('tries the real-time rules alone on the past, and its answer goes with the next change', async () => {
  const { user, sent } = await renderPage(<RulesEditor inForce={inForce} />, {
    answers: { [BACKTEST]: tested },
  });
  await user.selectOptions(screen.getByLabelText(/^(?!Clicks).*: state$/), 'off');
  // A rule that looks back can't be tried.
  expect(screen.queryByTestId('backtest')).toBeNull();
  await type(user, limitOf('Clicks per IP'), '42');
  await user.selectOptions(screen.getByLabelText('Back-test period'), '7');
  await user.click(screen.getByTestId('backtest'));
  await screen.findByText(/None of the 1,000 clicks in the last 7 days would be judged differently/);
  expect(sent).toEqual([
    {
      request: BACKTEST,
      body: { rules: { velocity_ip: { ...DEFAULT_RULE_SETTINGS.velocity_ip, count_max: 42 } }, days: 7 },
    },
  ]);
  await type(user, limitOf('Clicks per IP'), '43');
  expect(screen.queryByTestId('backtest-result')).toBeNull();
});

it('what the server refuses is said by the name of the field, and stays typed', async () => {
  const fieldErrors = { 'velocity_ip.count_max': ['At least 1'] };
  const { user } = await renderPage(<RulesEditor inForce={inForce} />, {
    answers: { [RULES]: () => refusal(400, { formErrors: [], fieldErrors }) },
  });
  await type(user, limitOf('Clicks per IP'), '0');
  await user.type(screen.getByLabelText('Reason'), 'why not');
  await user.click(screen.getByRole('button', { name: 'Save' }));
  await within(screen.getByTestId('unsaved')).findByText('Clicks per IP: clicks allowed: At least 1');
  expect(limitOf('Clicks per IP')).toHaveProperty('value', '0');
  expect(screen.getByLabelText('Reason')).toHaveProperty('value', 'why not');
  await type(user, limitOf('Clicks per IP'), '1');
  expect(screen.queryByTestId('form-error')).toBeNull();
});

it('who may not change rules reads them', async () => {
  await renderPage(<RulesEditor inForce={inForce} />, { member: ANALYST });
  screen.getByText(String(DEFAULT_RULE_SETTINGS.velocity_ip.count_max));
  expect(screen.queryAllByRole('spinbutton')).toEqual([]);
  expect(screen.queryAllByRole('combobox')).toEqual([]);
});
