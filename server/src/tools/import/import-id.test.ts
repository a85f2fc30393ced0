import { createHash } from 'node:crypto';
import { ClickInput } from '@clickledger/contract';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ImportIds } from './import-id.js';
import { OccurrenceCounter } from './occurrences.js';

const idsOf = (texts: string[], tenantId = 1) => {
  const ids = new ImportIds(tenantId);
  return texts.map((text) => ids.next(text));
};
const text = fc.constantFrom('a', 'b', 'c', 'd');

describe('the click ids of an import', () => {
  it('are UUIDs of version 8, and differ by tenant, text and occurrence', () => {
    const all = [...idsOf(['a', 'a', 'b']), ...idsOf(['a', 'a', 'b'], 2)];
    expect(new Set(all).size).toBe(6);
    for (const id of all) {
      expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
      expect(ClickInput.shape.click_id.parse(id)).toBe(id);
    }
  });

  it('never change: what was imported by an older version is still known', () => {
    expect(idsOf(['a', 'a'])).toEqual([
      '688824db-da98-873f-b383-f6450cdcbbe8',
      'f5f6b0d8-bdaa-8636-a82b-f5fcdf45aed6',
    ]);
  });

  it('are the same set for the same records in another order', () => {
    fc.assert(
      fc.property(fc.array(text), (texts) => {
        expect(new Set(idsOf([...texts].reverse()))).toEqual(new Set(idsOf(texts)));
        expect(new Set(idsOf(texts)).size).toBe(texts.length);
      }),
    );
  });

  it('of a log grown since hold all the old ones', () => {
    fc.assert(
      fc.property(fc.array(text), fc.array(text), fc.array(text), (before, texts, after) => {
        const grown = new Set(idsOf([...before, ...texts, ...after]));
        expect(idsOf(texts).every((id) => grown.has(id))).toBe(true);
      }),
    );
  });
});

describe('the occurrence counter', () => {
  it('counts as a Map does, through many growths', () => {
    const counter = new OccurrenceCounter();
    const expected = new Map<number, number>();
    for (let index = 0; index < 60_000; index += 1) {
      const key = (index * 7_919) % 25_000;
      const count = (expected.get(key) ?? 0) + 1;
      expected.set(key, count);
      expect(counter.count(createHash('sha256').update(String(key)).digest())).toBe(count);
    }
    expect(counter.bytes).toBe(65_536 * 12);
  });

  it('tells records apart by all 64 bits it keeps', () => {
    const counter = new OccurrenceCounter();
    const hash = (low: number, high: number) => Buffer.from(new Uint32Array([low, high]).buffer);
    const counts = [hash(1, 1), hash(1, 2), hash(2, 1), hash(1, 1), hash(0, 0), hash(0, 0)].map((one) =>
      counter.count(one),
    );
    expect(counts).toEqual([1, 1, 1, 2, 1, 2]);
  });

  it('stops with a clear message at its limit, and goes on counting what it knows', () => {
    const counter = new OccurrenceCounter(2);
    const hash = (value: string) => createHash('sha256').update(value).digest();
    counter.count(hash('a'));
    counter.count(hash('b'));
    expect(() => counter.count(hash('c'))).toThrow('More than 2 distinct records');
    expect(counter.count(hash('a'))).toBe(2);
  });
});
