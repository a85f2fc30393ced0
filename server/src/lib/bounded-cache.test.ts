import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { BoundedCache } from './bounded-cache.js';

describe('the bounded cache', () => {
  it('computes once what stays in use, also an empty value', () => {
    const cache = new BoundedCache<string>(10);
    const compute = vi.fn(() => '');
    for (let index = 0; index < 100; index += 1) {
      cache.get('hot', compute);
      cache.get(`cold ${index}`, () => 'x');
    }
    expect(compute).toHaveBeenCalledTimes(1);
  });

  it('never holds more than its maximum, and always answers right', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ maxLength: 2 })),
        fc.integer({ min: 1, max: 9 }),
        (keys, entriesMax) => {
          const cache = new BoundedCache<string>(entriesMax);
          for (const key of keys) {
            expect(cache.get(key, (wanted) => `${wanted}!`)).toBe(`${key}!`);
            expect(cache.size).toBeLessThanOrEqual(entriesMax);
          }
        },
      ),
    );
    expect(() => new BoundedCache(0)).toThrow(TypeError);
  });
});
