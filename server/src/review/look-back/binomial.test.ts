import { expect, it } from 'vitest';
import { binomialTail } from './binomial.js';

it.each([
  // Exact: sums of C(n,i) p^i (1-p)^(n-i).
  [10, 10, 0.5, 0.5 ** 10],
  [10, 9, 0.5, 11 * 0.5 ** 10],
  [4, 2, 0.1, 6 * 0.01 * 0.81 + 4 * 0.001 * 0.9 + 0.0001],
  [3, 1, 0.2, 1 - 0.8 ** 3],
])('P(X >= %2$i) of %1$i with p = %3$d', (n, k, p, truth) => {
  expect(binomialTail(n, k, p)).toBeCloseTo(truth, 12);
});

it('is tiny far out, and 1 below the mean', () => {
  expect(binomialTail(1_000, 200, 0.05)).toBeLessThan(1e-50);
  expect(binomialTail(1_000, 200, 0.05)).toBeGreaterThan(0);
  expect(binomialTail(1_000, 20, 0.05)).toBe(1);
});
