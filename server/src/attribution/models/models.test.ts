import { ATTRIBUTION_MODELS } from '@clickledger/contract';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CONVERSION_PARTS, type ModelOptions, shareConversion } from './models.js';
import { split } from './split.js';

const DAY_MS = 86_400_000;
const sum = (parts: readonly bigint[]) => parts.reduce((acc, part) => acc + part, 0n);

const paths = fc
  .array(fc.integer({ min: 0, max: 90 * DAY_MS }), { minLength: 1, maxLength: 30 })
  .map((times) => times.sort((a, b) => a - b));
const values = fc.bigInt({ min: -(10n ** 15n), max: 10n ** 15n });
const options = fc.record({
  model: fc.constantFrom(...ATTRIBUTION_MODELS),
  halfLifeDays: fc.double({ min: 0.1, max: 90, noNaN: true }),
});

describe('split by largest remainder', () => {
  const weights = fc
    .array(fc.bigInt({ min: 0n, max: 2n ** 53n }), { minLength: 1, maxLength: 30 })
    .filter((some) => sum(some) > 0n);

  it('sums to the amount, each part less than one unit from its exact share', () =>
    fc.assert(
      fc.property(values, weights, (total, some) => {
        const parts = split(total, some);
        expect(sum(parts)).toBe(total);
        const all = sum(some);
        parts.forEach((part, i) => {
          const off = part * all - total * (some[i] ?? 0n);
          expect(off < all && off > -all).toBe(true);
        });
      }),
    ));

  it('gives what is left to the largest remainders, by brute force', () =>
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 500 }),
        fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 6 }),
        (total, some) => {
          const all = some.reduce((acc, weight) => acc + weight, 0);
          fc.pre(all > 0);
          const parts = some.map((weight) => Math.floor((total * weight) / all));
          // One unit at a time to whoever is furthest below its share; the last of equals.
          while (parts.reduce((acc, part) => acc + part, 0) < total) {
            const lacks = some.map((weight, i) => total * weight - (parts[i] ?? 0) * all);
            const most = lacks.lastIndexOf(Math.max(...lacks));
            parts[most] = (parts[most] ?? 0) + 1;
          }
          expect(split(BigInt(total), some.map(BigInt))).toEqual(parts.map(BigInt));
        },
      ),
    ));

  it('refuses what are no weights', () => {
    expect(() => split(1n, [])).toThrow(RangeError);
    expect(() => split(1n, [0n, 0n])).toThrow(RangeError);
    expect(() => split(1n, [2n, -1n])).toThrow(RangeError);
  });
});

/** The shares of a path as fractions, straight from what each model is said to do. */
function bruteForce({ model, halfLifeDays }: ModelOptions, times: readonly number[]): number[] {
  const n = times.length;
  const newest = Math.max(...times);
  const decayed = times.map((ms) => 0.5 ** ((newest - ms) / DAY_MS / halfLifeDays));
  const decayedSum = decayed.reduce((acc, weight) => acc + weight, 0);
  return times.map((_, i) => {
    const isFirst = i === 0;
    const isLast = i === n - 1;
    if (model === 'first_click') return isFirst ? 1 : 0;
    if (model === 'last_click') return isLast ? 1 : 0;
    if (model === 'linear') return 1 / n;
    if (model === 'time_decay') return (decayed[i] ?? 0) / decayedSum;
    if (n === 1) return 1;
    if (n === 2) return 0.5;
    return isFirst || isLast ? 0.4 : 0.2 / (n - 2);
  });
}

describe('attribution models', () => {
  it('share one conversion and its value exactly, whatever the path', () =>
    fc.assert(
      fc.property(options, paths, values, (option, times, value) => {
        const shares = shareConversion(option, times, value);
        expect(sum(shares.map(({ conversionMicros }) => conversionMicros))).toBe(CONVERSION_PARTS);
        expect(sum(shares.map(({ valueMicros }) => valueMicros))).toBe(value);
        for (const { conversionMicros, valueMicros } of shares) {
          expect(conversionMicros >= 0n).toBe(true);
          expect(value >= 0n ? valueMicros >= 0n : valueMicros <= 0n).toBe(true);
        }
      }),
    ));

  it('share as brute force does, each click within a millionth', () =>
    fc.assert(
      fc.property(options, paths, (option, times) => {
        const truth = bruteForce(option, times);
        shareConversion(option, times, 0n).forEach(({ conversionMicros }, i) => {
          expect(Math.abs(Number(conversionMicros) - 1e6 * (truth[i] ?? 0))).toBeLessThan(1.001);
        });
      }),
    ));

  it.each([
    ['first_click', [1_000_000n, 0n, 0n, 0n]],
    ['last_click', [0n, 0n, 0n, 1_000_000n]],
    ['linear', [250_000n, 250_000n, 250_000n, 250_000n]],
    ['position_based', [400_000n, 100_000n, 100_000n, 400_000n]],
    ['time_decay', [66_667n, 133_333n, 266_667n, 533_333n]],
  ] as const)('%s, for four clicks a half-life apart', (model, expected) => {
    const times = [0, 7, 14, 21].map((days) => days * DAY_MS);
    const shares = shareConversion({ model, halfLifeDays: 7 }, times, 100n);
    expect(shares.map(({ conversionMicros }) => conversionMicros)).toEqual(expected);
    expect(sum(shares.map(({ valueMicros }) => valueMicros))).toBe(100n);
  });

  it('gives a click nothing that is too old for its half-life, and all to the last one', () => {
    const shares = shareConversion({ model: 'time_decay', halfLifeDays: 1 }, [0, 90 * DAY_MS], 1_000_000n);
    expect(shares.map(({ valueMicros }) => valueMicros)).toEqual([0n, 1_000_000n]);
  });
});
