import { expect, it } from 'vitest';
import { formatBytes } from './bytes.js';

it('writes sizes in the unit that suits them', () => {
  expect([0, 999, 1_000, 1_234_567, 52_000_000_000].map(formatBytes)).toEqual([
    '0 B',
    '999 B',
    '1 kB',
    '1.2 MB',
    '52 GB',
  ]);
  expect(formatBytes(null)).toBeNull();
});
