import { expect, test } from 'vitest';
import { clicksBeginLate, pointChange, relativeChange } from './change.js';
import { datesOf } from './dates.js';
import {
  formatMoney,
  formatMoneyExact,
  formatMoneyShort,
  formatPrice,
  formatShare,
  formatShort,
  setMoneyFormat,
} from './format.js';

test('small shares keep a figure instead of becoming 0', () => {
  expect(formatShare(0)).toBe('0%');
  expect(formatShare(0.0004)).toBe('<0.1%');
  expect(formatShare(0.0415)).toBe('4.2%');
  expect(formatShare(1)).toBe('100%');
});

test('large counts are short, amounts are of a currency with its own decimals', () => {
  expect(formatShort(99_999)).toBe('99,999');
  expect(formatShort(1_234_567)).toBe('1.2M');
  expect(formatMoney(1_234_567_890)).toBe('$1,234.57');
  expect(formatMoneyExact(1_234_567_890)).toBe('$1,234.56789');
  expect(formatMoney(-500_000)).toBe('-$0.50');
  expect(formatPrice(95_000)).toBe('$0.095');
  expect(formatPrice(1)).toBe('$0.000001');
  const large = { micros: 2n ** 53n + 1n, currency: 'EUR' };
  expect(formatMoneyExact(large)).toBe('€9,007,199,254.740993');
  expect(formatMoney(large)).toBe('€9,007,199,254.74');
  expect(formatMoneyShort(large)).toBe('€9.0B');
  expect(formatMoneyShort(1_234_567_000_000)).toBe('$1.2M');
  setMoneyFormat('JPY');
  expect(formatMoney(1_234_567_890)).toBe('¥1,235');
  setMoneyFormat('USD');
});

test('changes name their direction, also against nothing', () => {
  expect(relativeChange(112, 100)).toBe('+12%');
  expect(relativeChange(0, 100)).toBe('−100%');
  expect(relativeChange(1_200, 100)).toBe('12×');
  expect(relativeChange(5, 0)).toBeNull();
  expect(relativeChange(10_000, 100)).toBeNull();
  expect(relativeChange(100, 100)).toBe('0%');
  expect(pointChange(0.05, 0.038)).toBe('+1.2\u00a0pp');
});

test('a period in which clicks begin late is not compared with', () => {
  const day = 86_400_000;
  const month = { startMs: 0, endMs: 30 * day };
  expect(clicksBeginLate([9 * day, 20 * day], month)).toBe(false);
  expect(clicksBeginLate([10 * day], month)).toBe(true);
  expect(clicksBeginLate([], month)).toBe(false);
  // A quiet night is no sign of it.
  expect(clicksBeginLate([day - 1], { startMs: 0, endMs: day })).toBe(false);
});

test('the hour that clocks repeat is told apart by the zone, other hours are written plainly', () => {
  const [first, second] = ['2026-10-25T00:30:00Z', '2026-10-25T01:30:00Z'].map((text) =>
    datesOf('Europe/Berlin').bucket(Date.parse(text), 'hour'),
  );
  expect(first).not.toBe(second);
  expect(first).toMatch(/(GMT\+2|CEST)$/);
  expect(second).toMatch(/(GMT\+1|CET)$/);
  expect(datesOf('Europe/Berlin').bucket(Date.parse('2026-10-25T02:30:00Z'), 'hour')).not.toMatch(/GMT|CET/);
});

test('a bucket is named in the zone of the view', () => {
  const midnight = Date.parse('2026-11-23T23:00:00Z');
  expect(datesOf('Europe/Berlin').tick(midnight, 'hour')).toMatch(/24/);
  expect(datesOf('UTC').tick(midnight, 'hour')).toMatch(/^(23:00|11:00)/);
});
