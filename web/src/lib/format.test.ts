import { expect, test } from 'vitest';
import { pointChange, relativeChange } from './change.js';
import { formatShare, fromLocalInput, toLocalInput } from './format.js';
import { fraudRate, fraudStatus } from './fraud.js';
import { countryName } from './labels.js';
import { pickTicks } from './ticks.js';

test('changes read as signed percentages, and nothing is compared with nothing', () => {
  expect(relativeChange(112, 100)).toBe('+12\u00a0%');
  expect(relativeChange(95, 100)).toBe('−5\u00a0%');
  expect(relativeChange(100, 100)).toBe('±0\u00a0%');
  expect(relativeChange(5_000, 100)).toBe('×50');
  expect(relativeChange(5, 0)).toBeNull();
  expect(pointChange(0.04, 0.028)).toBe('+1.2\u00a0pp');
});

test('a small share does not become 0 %, nor does an almost full one become 100.0 %', () => {
  expect([0, 0.0001, 0.042, 1].map(formatShare)).toEqual([
    '0\u00a0%',
    '<0.1\u00a0%',
    '4.2\u00a0%',
    '100\u00a0%',
  ]);
});

test('a fraud rate is a warning from 3 % and critical from 5\u00a0%', () => {
  expect([0.0299, 0.03, 0.0499, 0.05].map(fraudStatus)).toEqual(['normal', 'warning', 'warning', 'critical']);
  expect(fraudRate(0, 0)).toBe(0);
});

test('countries have names, and unknown ones say so', () => {
  expect([countryName('DE'), countryName(''), countryName('??')]).toEqual(['Germany', 'Unknown', '??']);
});

test('a datetime-local input keeps its minute', () => {
  const ms = Date.parse('2026-03-18T13:25:00Z');
  expect(fromLocalInput(toLocalInput(ms))).toBe(ms);
});

test('axis labels fall on round times and are few', () => {
  const start = new Date(2026, 2, 18, 13, 7).getTime();
  const minutes = Array.from({ length: 60 }, (_, i) => start + i * 60_000);
  const ticks = pickTicks(minutes, 'minute', 8);
  expect(ticks.length).toBeGreaterThan(2);
  expect(ticks.length).toBeLessThanOrEqual(8);
  for (const ms of ticks) expect(new Date(ms).getMinutes() % 10).toBe(0);
});
