import { expect, it } from 'vitest';
import { alertFor } from './level.js';

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
  expect(alertFor(hour(fraud), last)).toBe(expected);
});

it('few clicks say nothing', () => {
  expect(alertFor(hour(50, 99), undefined)).toBeNull();
  expect(alertFor(hour(50, 100), undefined)).toBe('critical');
});
