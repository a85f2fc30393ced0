import { expect, test } from 'vitest';
import { pointChange, relativeChange } from './change.js';
import { datesOf } from './dates.js';
import {
  formatMoney,
  formatMoneyExact,
  formatMoneyShort,
  formatShare,
  formatShort,
  setMoneyFormat,
} from './format.js';

test('small shares keep a figure instead of becoming 0', () => {
  expect(formatShare(0)).toBe('0\u00a0%');
  expect(formatShare(0.0004)).toBe('<0.1\u00a0%');
  expect(formatShare(0.0415)).toBe('4.2\u00a0%');
  expect(formatShare(1)).toBe('100\u00a0%');
});

test('large counts are short, amounts are of a currency with its own decimals', () => {
  expect(formatShort(99_999)).toBe('99,999');
  expect(formatShort(1_234_567)).toBe('1.2M');
  expect(formatMoney(1_234_567_890)).toBe('$1,234.57');
  expect(formatMoneyExact(1_234_567_890)).toBe('$1,234.56789');
  expect(formatMoney(-500_000)).toBe('-$0.50');
  expect(formatMoneyShort(1_234_567_000_000)).toBe('$1.2M');
  setMoneyFormat('JPY');
  expect(formatMoney(1_234_567_890)).toBe('¥1,235');
  setMoneyFormat('USD');
});

test('changes name their direction, also against nothing', () => {
  expect(relativeChange(112, 100)).toBe('+12\u00a0%');
  expect(relativeChange(0, 100)).toBe('−100\u00a0%');
  expect(relativeChange(5, 0)).toBeNull();
  expect(pointChange(0.05, 0.038)).toBe('+1.2\u00a0pp');
});

test('a bucket is named in the zone of the view', () => {
  const midnight = Date.parse('2026-11-23T23:00:00Z');
  expect(datesOf('Europe/Berlin').tick(midnight, 'hour')).toMatch(/24/);
  expect(datesOf('UTC').tick(midnight, 'hour')).toMatch(/^(23:00|11:00)/);
});
