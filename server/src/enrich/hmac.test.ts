import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { makeHmac } from './hmac.js';

it('is HMAC-SHA-256, whatever the key and the text', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 64 }),
      fc.array(fc.string({ unit: 'binary', maxLength: 300 }), { minLength: 1 }),
      (bytes, texts) => {
        const key = Buffer.from(bytes);
        const hmac = makeHmac(key);
        for (const text of texts)
          expect(hmac(text)).toBe(createHmac('sha256', key).update(text).digest('hex'));
      },
    ),
  );
});

it('refuses what it has no room for', () => {
  expect(() => makeHmac(Buffer.alloc(65))).toThrow(RangeError);
  expect(() => makeHmac(Buffer.alloc(32))('x'.repeat(4_097))).toThrow(RangeError);
});
