import { expect, test } from 'vitest';
import { type Filter, filterOf, withoutValue, withValue } from './filters.js';

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
