import { expect, test } from 'vitest';
import { addedBy } from './analytics-count.js';

test('a run is what was added, also by rule', () => {
  const before = { clicks: 100, flagged: 10, byRule: { velocity_ip: 8, blocked: 2 } };
  const after = { clicks: 271, flagged: 161, byRule: { velocity_ip: 148, velocity_user: 11, blocked: 2 } };
  expect(addedBy(after, before)).toEqual({
    clicks: 171,
    flagged: 151,
    byRule: { velocity_ip: 140, velocity_user: 11 },
  });
});
