import { AUDIT_ACTIONS, AUDIT_KINDS } from '@clickledger/contract';
import { expect, test } from 'vitest';
import { actionLabel, fieldChanges, KIND_LABELS, valueText } from './entry-text.js';

const NOTHING = { before: null, after: null };
const entry = { audit_id: 1, at: '', actor: '', action: 'campaign.change', subject: 'c' };
const changes = (before: Record<string, unknown> | null, after: Record<string, unknown> | null) =>
  fieldChanges({ ...entry, before, after }, 'Asia/Kolkata');

test('every action and kind of the API has a label', () => {
  expect(AUDIT_ACTIONS.filter((action) => actionLabel({ ...NOTHING, action }) === action)).toEqual([]);
  expect(KIND_LABELS.map(([kind]) => kind)).toEqual([...AUDIT_KINDS]);
});

test('a price is an amount, what was empty is "None", and a field that stays is not named', () => {
  const before = { cost_per_click_micros: 250_000, name: null, daily_budget_micros: null, status: 'active' };
  const after = { cost_per_click_micros: 95_000, name: 'Spring', daily_budget_micros: 9e8, status: 'active' };
  expect(changes(before, after)).toEqual([
    { field: 'Cost per click', before: '$0.25', after: '$0.095' },
    { field: 'Daily budget', before: 'None', after: '$900.00' },
    { field: 'Name', before: 'None', after: 'Spring' },
  ]);
});

test('of a rule, only what differs', () => {
  const before = { velocity_ip: { state: 'on', count_max: 100 } };
  const after = { velocity_ip: { state: 'shadow', count_max: 20 }, note: 'stricter' };
  expect(changes(before, after)).toEqual([
    { field: 'Note', before: 'None', after: 'stricter' },
    { field: 'Clicks per IP: state', before: 'On', after: 'Shadow' },
    { field: 'Clicks per IP: clicks allowed', before: '100', after: '20' },
  ]);
});

test('a creation has no values before, also one written before creations had an action of their own', () => {
  expect(changes(null, { advertiser_id: 'acme', status: 'active' })).toEqual([
    { field: 'Advertiser', before: null, after: 'acme' },
    { field: 'Status', before: null, after: 'Active' },
  ]);
  const old = { before: { name: null, status: null }, after: { name: 'Spring', status: 'active' } };
  expect(actionLabel({ ...old, action: 'campaign.change' })).toBe('Campaign created');
  expect(changes(old.before, old.after)[0]).toEqual({ field: 'Name', before: null, after: 'Spring' });
  const renamed = { before: { name: null }, after: { name: 'Acme' } };
  expect(actionLabel({ ...renamed, action: 'advertiser.change' })).toBe('Advertiser changed');
});

test.each([
  ['origins', [], 'None'],
  ['scopes', ['ingest', 'read'], 'Send clicks, Read'],
  ['advertiser_ids', ['adv-lumen', 'acme'], 'adv-lumen, acme'],
  ['respect_privacy_signals', true, 'Yes'],
  ['pass_parameters', 'true', 'Yes'],
  ['name', 'true', 'true'],
  ['allowed_hosts', '[]', 'None'],
  ['destinations', '[{"url":"https://shop.example/","weight":3}]', 'https://shop.example/ (weight 3)'],
  ['destinations', [{ url: 'https://shop.example/', weight: 1 }], 'https://shop.example/ (weight 1)'],
  ['requests_per_second', 5_000, '5,000'],
  ['tax_percent', 8.875, '8.875%'],
  ['expires_at', null, 'None'],
  ['note', 'on 2026-11-01', 'on 2026-11-01'],
])('%s %j is "%s"', (name, value, text) => {
  expect(valueText([name], value, 'Asia/Kolkata')).toBe(text);
});

test('a time is that of the zone, which is named', () => {
  const text = valueText(['expires_at'], '2026-11-27T18:42:00.000Z', 'Asia/Kolkata');
  expect(text).toMatch(/28/);
  expect(text).toMatch(/GMT\+5:30$/);
});
