import { isIPv4 } from 'node:net';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ipv4NumberOf } from './ipv4.js';

it('is the number of an address', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2 ** 32 - 1 }), (number) => {
      const octets = [24, 16, 8, 0].map((bits) => (number >>> bits) & 255);
      expect(ipv4NumberOf(octets.join('.'))).toBe(number);
    }),
  );
});

it('takes for addresses what Node does', () => {
  const part = fc.oneof(
    fc.integer({ min: 0, max: 300 }).map(String),
    fc.constantFrom('', '00', '01', '0255', '1 ', '-1', '+1', '1e1', 'a', '٣', ':'),
  );
  const text = fc.array(part, { minLength: 1, maxLength: 6 }).map((parts) => parts.join('.'));
  fc.assert(
    fc.property(text, (one) => {
      expect(ipv4NumberOf(one) >= 0).toBe(isIPv4(one));
    }),
    { numRuns: 2_000 },
  );
});
