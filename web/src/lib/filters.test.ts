import { expect, test } from 'vitest';
import { type Filter, filterOf, isFilterValue, leadOn, withoutValue, withValue } from './filters.js';

test('values of one dimension gather in one filter, and leave one by one', () => {
  let filters: Filter[] = withValue(withValue([], 'country', 'DE'), 'country', 'FR');
  expect(filters).toEqual([{ dimension: 'country', not: false, values: ['DE', 'FR'] }]);
  filters = withoutValue(filters, 'country', 'DE');
  expect(filters).toEqual([{ dimension: 'country', not: false, values: ['FR'] }]);
  expect(withoutValue(filters, 'country', 'FR')).toEqual([]);
});

test('a value is never asked for and left out at once', () => {
  const filters = withValue(withValue([], 'os', 'iOS'), 'os', 'iOS', true);
  expect(filters).toEqual([{ dimension: 'os', not: true, values: ['iOS'] }]);
  expect(filterOf(filters, 'os', 'iOS')).toBe('is not');
  expect(filterOf(filters, 'os', 'Android')).toBeNull();
});

test('an empty value, which means unknown, is a value like others', () => {
  expect(filterOf(withValue([], 'country', ''), 'country', '')).toBe('is');
});

test('after one campaign is chosen its ads are broken down; several, or all but one, stay campaigns', () => {
  const dimensions = ['campaign_id', 'ad_id', 'advertiser_id'] as const;
  const one = withValue([], 'campaign_id', 'spring');
  expect(leadOn(dimensions, [])).toBe('campaign_id');
  expect(leadOn(dimensions, one)).toBe('ad_id');
  expect(leadOn(dimensions, withValue(one, 'campaign_id', 'autumn'))).toBe('campaign_id');
  expect(leadOn(dimensions, withValue([], 'campaign_id', 'spring', true))).toBe('campaign_id');
  expect(leadOn(dimensions, withValue([], 'advertiser_id', 'acme'))).toBe('campaign_id');
  expect(leadOn(['ad_id'], one)).toBe('ad_id');
});

test('a value that the API would refuse is no filter', () => {
  expect(['mobile', '', 'fridge'].map((value) => isFilterValue('device_type', value))).toEqual([
    true,
    true,
    false,
  ]);
  expect(['DE', '', 'Germany'].map((value) => isFilterValue('country', value))).toEqual([true, true, false]);
  expect(['x'.repeat(128), 'x'.repeat(129), ''].map((value) => isFilterValue('campaign_id', value))).toEqual([
    true,
    false,
    false,
  ]);
});
