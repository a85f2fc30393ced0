import { expect, it } from 'vitest';
import { Chance } from './chance.js';
import { makePicker, randomUuid, seededRandom, uuidFrom, zipf } from './random.js';

const UUID_V4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const take = <T>(count: number, make: () => T) => Array.from({ length: count }, make);

it('the same seed gives the same numbers, in each user of it, and another seed others', () => {
  expect(take(5, seededRandom(7))).toEqual(take(5, seededRandom(7)));
  expect(take(5, seededRandom(7))).not.toEqual(take(5, seededRandom(8)));
  // These stand for good: demos and fault tests name their runs by their seeds.
  expect(take(3, seededRandom(42))).toEqual([0.6011037519201636, 0.44829055899754167, 0.8524657934904099]);
  const run = (seed: number) => {
    const chance = new Chance(seed);
    const other = chance.fork();
    return [chance.shuffle([1, 2, 3, 4]), chance.uuid(), other.between(1, 1_000), chance.pick(['a', 'b'])];
  };
  expect(run(3)).toEqual(run(3));
});

it('values come as often as their weights say, from the first to the last', () => {
  const pick = makePicker([
    ['a', 1],
    ['b', 2],
    ['never', 0],
    ['c', 7],
  ]);
  const random = seededRandom(1);
  const counts: Record<string, number> = {};
  for (let i = 0; i < 10_000; i++) {
    const value = pick(random);
    counts[value] = (counts[value] ?? 0) + 1;
  }
  expect(counts).toEqual({
    a: expect.closeTo(1_000, -3),
    b: expect.closeTo(2_000, -3),
    c: expect.closeTo(7_000, -3),
  });
  expect(pick(() => 0)).toBe('a');
  expect(pick(() => 1 - Number.EPSILON)).toBe('c');
  expect(() => makePicker([])).toThrow(RangeError);
});

it('ranks after Zipf: half of all in the first few, and never one too many', () => {
  const random = seededRandom(5);
  const ranks = take(20_000, () => zipf(2_000, random));
  expect(Math.min(...ranks)).toBe(1);
  expect(Math.max(...ranks)).toBeLessThan(2_000);
  const first = ranks.filter((rank) => rank < Math.sqrt(2_000)).length;
  expect(first / ranks.length).toBeCloseTo(0.5, 1);
  expect(zipf(2_000, () => 1 - Number.EPSILON)).toBeLessThan(2_000);
});

it('ids are version 4 UUIDs, from a seed or from nowhere', () => {
  const random = seededRandom(9);
  expect(uuidFrom(random)).toMatch(UUID_V4);
  expect(uuidFrom(random)).not.toBe(uuidFrom(random));
  expect(uuidFrom(seededRandom(9))).toBe(uuidFrom(seededRandom(9)));
  expect(new Set(take(1_000, randomUuid)).size).toBe(1_000);
  expect(randomUuid()).toMatch(UUID_V4);
});
