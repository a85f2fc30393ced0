import { expect, test } from 'vitest';
import { alpha2, drawWorld } from './world.js';

test.each([
  ['276', 'DE'],
  ['840', 'US'],
  ['4', 'AF'],
  ['076', 'BR'],
])('the country of number %s is %s', (numeric, code) => {
  expect(alpha2(numeric)).toBe(code);
});

test('the map has the countries of the world, each once, with a shape', () => {
  const world = drawWorld();
  expect(world.length).toBeGreaterThan(170);
  expect(new Set(world.map(({ code }) => code)).size).toBe(world.length);
  for (const country of world) expect(country.path).toMatch(/^M/);
  expect(
    world
      .filter(({ code }) => code.length !== 2)
      .map(({ name }) => name)
      .toSorted(),
  ).toEqual(['Kosovo', 'N. Cyprus', 'Somaliland']);
});
