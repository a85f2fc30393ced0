import { DEFAULT_RULE_SETTINGS } from '@clickledger/contract';
import { expect, it } from 'vitest';
import { changedRules, FIELD_LABELS, numbersOf } from './rule-fields.js';

it('only what differs is changed', () => {
  const draft = { ...DEFAULT_RULE_SETTINGS, geo_mismatch: { state: 'off' as const } };
  expect(changedRules(DEFAULT_RULE_SETTINGS, draft)).toEqual({ geo_mismatch: { state: 'off' } });
  expect(changedRules(DEFAULT_RULE_SETTINGS, { ...DEFAULT_RULE_SETTINGS })).toEqual({});
});

it('every number of every rule has a name in words', () => {
  for (const settings of Object.values(DEFAULT_RULE_SETTINGS))
    for (const name of numbersOf(settings)) expect(FIELD_LABELS[name]).toBeDefined();
});
