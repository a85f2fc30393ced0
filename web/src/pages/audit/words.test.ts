import { AUDIT_ACTIONS, AUDIT_KINDS } from '@clickledger/contract';
import { expect, test } from 'vitest';
import { actionLabel, fieldChanges, KIND_LABELS } from './words.js';

const entry = { audit_id: 1, at: '', actor: '', action: 'campaign.change', subject: 'c' };

test('every action and kind of the API has words', () => {
  expect(AUDIT_ACTIONS.filter((action) => actionLabel(action) === action)).toEqual([]);
  expect(KIND_LABELS.map(([kind]) => kind)).toEqual([...AUDIT_KINDS]);
});

test('a price is an amount, and a field that stays is not named', () => {
  const before = { cost_per_click_micros: 250_000, name: null, status: 'active' };
  const after = { cost_per_click_micros: 400_000, name: 'Spring', status: 'active' };
  expect(fieldChanges({ ...entry, before, after })).toEqual([
    { field: 'cost per click', before: '$0.25', after: '$0.40' },
    { field: 'name', before: null, after: 'Spring' },
  ]);
});

test('of a rule, only what differs', () => {
  const before = { velocity_ip: { state: 'on', count_max: 100 } };
  const after = { velocity_ip: { state: 'on', count_max: 50 }, note: 'stricter' };
  expect(fieldChanges({ ...entry, before, after })).toEqual([
    { field: 'note', before: null, after: 'stricter' },
    { field: 'velocity IP count max', before: '100', after: '50' },
  ]);
});
