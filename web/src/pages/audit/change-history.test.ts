import type { EntityChange } from '@clickledger/contract';
import { expect, test } from 'vitest';
import { historyOf } from './change-history.js';

const change = (
  changed_at: string,
  field: string,
  old_value: string | null,
  new_value: string | null,
): EntityChange => ({
  changed_at,
  changed_by: 'ann@example.org',
  field,
  old_value,
  new_value,
});
const NOON = '2026-11-27T12:00:00.000Z';
const ONE = '2026-11-27T13:00:00.000Z';

test('the fields of one change stand together, newest first; a creation has nothing before', () => {
  const history = historyOf(
    [
      change(ONE, 'status', 'active', 'paused'),
      change(ONE, 'daily_budget_micros', null, '900000000'),
      change(NOON, 'status', null, 'active'),
      change(NOON, 'cost_per_click_micros', null, '95000'),
      change(NOON, 'name', null, null),
    ],
    'UTC',
  );
  expect(history).toEqual([
    {
      at: ONE,
      by: 'ann@example.org',
      isCreation: false,
      fields: [
        { field: 'Status', before: 'Active', after: 'Paused' },
        { field: 'Daily budget', before: 'None', after: '$900.00' },
      ],
    },
    {
      at: NOON,
      by: 'ann@example.org',
      isCreation: true,
      fields: [
        { field: 'Status', before: null, after: 'Active' },
        { field: 'Cost per click', before: null, after: '$0.095' },
      ],
    },
  ]);
});
