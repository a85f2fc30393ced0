import { expect, test } from 'vitest';
import { nextSorting, type Offender, SORT_DEFAULT, sortingOf, sortOffenders } from './sort-offenders.js';

const row = (value: string, flagged: number, saved_micros: number, day: number): Offender => ({
  value,
  flagged,
  saved_micros,
  clicks: 100,
  share: flagged / 100,
  rules: [],
  first_seen: `2026-11-0${day}T00:00:00.000Z`,
  last_seen: `2026-11-0${day + 1}T00:00:00.000Z`,
});
const rows = [row('a', 30, 1, 3), row('b', 20, 9, 1), row('c', 20, 5, 2)];
const order = (text?: string) => sortOffenders(rows, sortingOf(text)).map(({ value }) => value);

test('sorts by any figure, either way; equal rows stay as they were', () => {
  expect(order()).toEqual(['a', 'b', 'c']);
  expect(order('saved_micros.desc')).toEqual(['b', 'c', 'a']);
  expect(order('saved_micros.asc')).toEqual(['a', 'c', 'b']);
  expect(order('first_seen.asc')).toEqual(['b', 'c', 'a']);
  expect(order('share.asc')).toEqual(['b', 'c', 'a']);
});

test('a sort that is none is the default', () => {
  expect(sortingOf('value.asc')).toEqual(SORT_DEFAULT);
  expect(sortingOf('toString')).toEqual(SORT_DEFAULT);
});

test('a click sorts down, a second one up', () => {
  const once = nextSorting(SORT_DEFAULT, 'saved_micros');
  expect(once).toEqual({ by: 'saved_micros', direction: 'desc' });
  expect(nextSorting(once, 'saved_micros').direction).toBe('asc');
});
