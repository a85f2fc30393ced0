import { money } from '@clickledger/contract';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { amountsDue } from './amounts-due.js';

test.each([
  [839_805_000, 2, null, 83_981n, null, 83_981n],
  [839_804_999, 2, null, 83_980n, null, 83_980n],
  [-1_005_000, 2, null, -101n, null, -101n],
  [-4_000, 2, null, 0n, null, 0n],
  [839_500_000, 0, null, 840n, null, 840n],
  [100_000_000, 2, 19, 10_000n, 1_900n, 11_900n],
  [100_000_000, 2, 8.875, 10_000n, 888n, 10_888n],
  [100_000_000, 2, 0, 10_000n, 0n, 10_000n],
  // A correction that gives money back gives its tax back too.
  [-100_000_000, 2, 8.875, -10_000n, -888n, -10_888n],
  // The tax is of what is printed, not of what was rounded away.
  [4_999, 2, 100, 0n, 0n, 0n],
] as const)('%i millionths with %i digits and %s%% tax', (cost, digits, percent, subtotal, tax, total) => {
  expect(amountsDue(money(cost, 'EUR'), digits, percent)).toEqual({ subtotal, tax, total });
});

test('the lines add up, and each is within half a unit of the exact value', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: -(10 ** 15), max: 10 ** 15 }),
      fc.integer({ min: 0, max: 100_000 }),
      (cost, parts) => {
        const { subtotal, tax, total } = amountsDue(money(cost, 'EUR'), 2, parts / 1_000);
        expect(total).toBe(subtotal + (tax ?? 0n));
        const offBy = (exact: bigint, scale: bigint, rounded: bigint) => {
          const difference = exact - rounded * scale;
          return difference < 0n ? -difference : difference;
        };
        expect(offBy(BigInt(cost), 10_000n, subtotal)).toBeLessThanOrEqual(5_000n);
        expect(offBy(subtotal * BigInt(parts), 100_000n, tax ?? 0n)).toBeLessThanOrEqual(50_000n);
      },
    ),
    { numRuns: 500 },
  );
});
