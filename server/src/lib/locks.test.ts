import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { LOCKS } from './locks.js';

const ROOT = new URL('../../../', import.meta.url);
const PLACES = ['server/src', 'e2e', 'faults/src', 'bench/src', 'scripts', 'docs'];
const REGISTER = 'server/src/lib/locks.ts';
const NUMBER = /\b727_?\d{3}(?!\d)/g;

const filesWith = (ending: RegExp): { path: string; text: string }[] =>
  PLACES.flatMap((place) =>
    readdirSync(new URL(place, ROOT), { recursive: true, encoding: 'utf8' }).map(
      (path) => `${place}/${path}`,
    ),
  )
    .filter((path) => ending.test(path) && !path.includes('node_modules'))
    .map((path) => ({ path, text: readFileSync(new URL(path, ROOT), 'utf8') }));

const numbersIn = (text: string): number[] =>
  [...new Set((text.match(NUMBER) ?? []).map((number) => Number(number.replace('_', ''))))].sort();

it('every advisory lock has a number of its own', () => {
  const numbers = Object.values(LOCKS);
  expect(new Set(numbers).size).toBe(numbers.length);
});

it('no TypeScript but the register has a lock’s number or asks for a lock by a literal', () => {
  const files = filesWith(/\.(ts|tsx|mjs)$/);
  expect(files.length).toBeGreaterThan(300);
  for (const { path, text } of files) {
    if (path === REGISTER || path === REGISTER.replace('.ts', '.test.ts')) continue;
    expect([path, text.match(NUMBER)]).toEqual([path, null]);
    expect([path, text.match(/pg_\w*advisory\w*\(\s*\d/)]).toEqual([path, null]);
  }
});

it('each SQL file names the locks that it takes, as the register does', () => {
  const names = new Map<number, string>(Object.entries(LOCKS).map(([name, number]) => [number, name]));
  let withLocks = 0;
  for (const { path, text } of filesWith(/\.sql$/)) {
    const list = /^-- Locks: (.+)\.$/m;
    const used = numbersIn(text.replace(list, ''));
    const expected = used.map((number) => `${number} ${names.get(number)}`).join(', ');
    expect([path, list.exec(text)?.[1] ?? '']).toEqual([path, expected]);
    const taken = text.match(/advisory\w*\([^)]*/g)?.map((call) => call.split(/[(,]/)[1]?.trim()) ?? [];
    expect([path, numbersIn(taken.join(' '))]).toEqual([path, used]);
    expect([path, taken.filter((number) => !/^727\d{3}$/.test(number ?? ''))]).toEqual([path, []]);
    if (used.length > 0) withLocks++;
  }
  expect(withLocks).toBeGreaterThan(4);
});

it('the documents name no lock that is not registered', () => {
  const numbers: number[] = Object.values(LOCKS);
  for (const { path, text } of filesWith(/\.md$/))
    expect([path, numbersIn(text).filter((number) => !numbers.includes(number))]).toEqual([path, []]);
});
