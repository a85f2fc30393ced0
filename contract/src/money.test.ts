import { expect, it } from 'vitest';
import { fromDecimal, money, sumOfMoney, timesCount, toAmountFields, toDecimal } from './money.js';

it.each([
  [0n, '0'],
  [1n, '0.000001'],
  [-1n, '-0.000001'],
  [95_000n, '0.095'],
  [12_500_000n, '12.5'],
  [-3_000_000n, '-3'],
  [2n ** 53n + 1n, '9007199254.740993'],
  [10n ** 30n + 1n, '1000000000000000000000000.000001'],
])('%s millionths are %s, there and back', (micros, text) => {
  expect(toDecimal(money(micros, 'USD'))).toBe(text);
  expect(fromDecimal(text, 'USD')).toEqual({ micros, currency: 'USD' });
});

it('is exact where a double is not', () => {
  const price = money(10_000_000_000, 'VND');
  const cost = timesCount(price, 922_337_204);
  expect(cost.micros).toBe(9_223_372_040_000_000_000n);
  expect(sumOfMoney([cost, money(1, 'VND')], 'VND').micros).toBe(9_223_372_040_000_000_001n);
  expect(toAmountFields(sumOfMoney([cost, money(1, 'VND')], 'VND'))).toEqual({
    cost_micros: 9_223_372_040_000_000_000,
    cost: '9223372040000.000001',
  });
});

it('never mixes currencies, and takes nothing that is not whole', () => {
  expect(() => sumOfMoney([money(1, 'EUR')], 'USD')).toThrow(RangeError);
  for (const wrong of [0.5, 2 ** 53, Number.NaN, '1.0', '', 'x'])
    expect(() => money(wrong, 'USD')).toThrow(RangeError);
  for (const wrong of ['1.0000001', '.5', '1e3', '', '1,5', '--1'])
    expect(() => fromDecimal(wrong, 'USD')).toThrow(RangeError);
});
