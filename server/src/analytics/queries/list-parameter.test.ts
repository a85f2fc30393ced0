import { expect, it } from 'vitest';
import { cutToLists, fitsInList } from './list-parameter.js';

const ids = (count: number, length: number) =>
  Array.from({ length: count }, (_, i) => String(i).padStart(length, 'ü'));

it.each([
  [0, 10],
  [1_000, 36],
  [1_000, 128],
  [3, 30_000],
])('%i values of %i characters are cut into lists that fit, none lost and none twice', (count, length) => {
  const values = ids(count, length);
  const parts = cutToLists(values, (value) => value);
  expect(parts.flat()).toEqual(values);
  for (const part of parts) expect(part.length === 1 || fitsInList(part)).toBe(true);
  expect(parts.length <= 1).toBe(count === 0 || fitsInList(values));
});
