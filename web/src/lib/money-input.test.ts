import { expect, test } from 'vitest';
import { moneyFromInput, moneyToInput } from './money-input.js';

test.each([
  ['0.25', 250_000],
  ['0,25', 250_000],
  ['12', 12_000_000],
  ['0.000001', 1],
])('%s is %i millionths', (text, micros) => {
  expect(moneyFromInput(text)).toBe(micros);
  expect(moneyFromInput(moneyToInput(micros))).toBe(micros);
});

test.each(['', '-1', '1.2345678', '1e3', '1 000', 'ten'])('"%s" is refused', (text) => {
  expect(() => moneyFromInput(text)).toThrow(RangeError);
});
