import { expect, it } from 'vitest';
import { alertFor } from './threshold.js';

const LIMITS = { warning: 0.03, critical: 0.05, clicksMin: 100 };
const hour = (fraudCount: number, clicks = 1_000) => ({ clicks, fraudCount });

it.each([
  [29, undefined, null],
  [30, undefined, 'warning'],
  [49, undefined, 'warning'],
  [50, undefined, 'critical'],
  [50, 'warning', 'critical'],
  [80, 'critical', null],
  [40, 'warning', null],
  [40, 'critical', null],
  [26, 'critical', null],
  [24, 'critical', 'resolved'],
  [24, 'resolved', null],
  [24, undefined, null],
  [31, 'resolved', 'warning'],
] as const)('%i of 1,000 flagged after %s: %s', (fraud, last, expected) => {
  expect(alertFor(hour(fraud), last, LIMITS)).toBe(expected);
});

it('few clicks say nothing', () => {
  expect(alertFor(hour(50, 99), undefined, LIMITS)).toBeNull();
  expect(alertFor(hour(50, 100), undefined, LIMITS)).toBe('critical');
});

it('the account’s own limits are held', () => {
  const own = { warning: 0.1, critical: 0.2, clicksMin: 500 };
  expect(alertFor(hour(99), undefined, own)).toBeNull();
  expect(alertFor(hour(100), undefined, own)).toBe('warning');
  expect(alertFor(hour(199), 'warning', own)).toBeNull();
  expect(alertFor(hour(200), 'warning', own)).toBe('critical');
  expect(alertFor(hour(83), 'critical', own)).toBe('resolved');
  expect(alertFor(hour(84), 'critical', own)).toBeNull();
  expect(alertFor(hour(499, 499), undefined, own)).toBeNull();
});
