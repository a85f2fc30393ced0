import { DEFAULT_RULE_SETTINGS } from '@clickledger/contract';
import { expect, it } from 'vitest';
import { fieldLabel } from '../../lib/field-labels.js';
import { changedRules, numbersOf, settingChanges } from './rule-fields.js';

it('only what differs is changed, whatever the order of the settings', () => {
  const draft = { ...DEFAULT_RULE_SETTINGS, geo_mismatch: { state: 'off' as const } };
  expect(changedRules(DEFAULT_RULE_SETTINGS, draft)).toEqual({ geo_mismatch: { state: 'off' } });
  expect(changedRules(DEFAULT_RULE_SETTINGS, { ...DEFAULT_RULE_SETTINGS })).toEqual({});
  const reordered = { window_seconds: 60, count_max: 100, state: 'on' as const };
  expect(changedRules(DEFAULT_RULE_SETTINGS, { ...DEFAULT_RULE_SETTINGS, velocity_ip: reordered })).toEqual(
    {},
  );
});

it('a version says which settings it changed', () => {
  const velocity_ip = { ...DEFAULT_RULE_SETTINGS.velocity_ip, count_max: 20 };
  expect(settingChanges(DEFAULT_RULE_SETTINGS, { ...DEFAULT_RULE_SETTINGS, velocity_ip })).toEqual([
    { field: 'Clicks per IP: clicks allowed', before: '100', after: '20' },
  ]);
});

it('every number of every rule has a label of its own', () => {
  for (const settings of Object.values(DEFAULT_RULE_SETTINGS))
    for (const name of numbersOf(settings)) expect(fieldLabel([name])).not.toMatch(/ max$| min$/);
});
