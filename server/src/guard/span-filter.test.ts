import { expect, it } from 'vitest';
import { SpanFilter } from './span-filter.js';

it('names every span that holds a key, and seldom one that does not', () => {
  const filter = new SpanFilter(10_000);
  const [first, second] = [filter.nextBit(), filter.nextBit()];
  const hashOf = (key: number) => Math.imul(key, 0x9e37_79b1);
  for (let key = 0; key < 2_000; key++) filter.add(hashOf(key), key % 2 === 0 ? first : second);
  let extra = 0;
  for (let key = 0; key < 2_000; key++) {
    const bits = filter.bitsOf(hashOf(key));
    expect(bits & (key % 2 === 0 ? first : second)).not.toBe(0);
    if (bits === (first | second)) extra++;
  }
  expect(extra).toBeLessThan(200);

  filter.forget(first);
  for (let key = 0; key < 2_000; key++) expect(filter.bitsOf(hashOf(key)) & first).toBe(0);
  for (let key = 1; key < 2_000; key += 2) expect(filter.bitsOf(hashOf(key))).toBe(second);
});

it('gives each of eight spans a bit of its own', () => {
  const filter = new SpanFilter(100);
  expect(new Set(Array.from({ length: 8 }, () => filter.nextBit())).size).toBe(8);
  for (let i = 0; i < 8; i++) expect(filter.nextBit()).toBeLessThan(256);
});
