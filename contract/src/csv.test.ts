import fc from 'fast-check';
import { expect, test } from 'vitest';
import { guardFormula, toCsv, unguardFormula } from './csv.js';
import { money } from './money.js';

test('texts are quoted, numbers are not, and what is unknown is empty', () => {
  expect(toCsv([{ name: 'say "hi", twice', clicks: 12, budget: null }])).toBe(
    '"name","clicks","budget"\r\n"say ""hi"", twice",12,\r\n',
  );
  // Beyond what a number holds.
  expect(toCsv([{ cost: money('9007199254740993000001', 'USD') }])).toBe(
    '"cost"\r\n9007199254740993.000001\r\n',
  );
  expect(toCsv([])).toBe('');
  expect(toCsv([], ['name', 'clicks'])).toBe('"name","clicks"\r\n');
});

test.each(['=1+1', '+1', '-cmd', '@sum', '\t=1', '\n=1', "'=1", "''=1"])(
  'no text runs as a formula: %j',
  (name) => {
    expect(toCsv([{ name }])).toBe(`"name"\r\n"'${name}"\r\n`);
  },
);

test.each(['-8699', '-0.5', '12', "it's", "'quoted'", "'-5", 'a=b'])('%j stays as it is', (name) => {
  expect(guardFormula(name)).toBe(name);
});

test('every text comes back as it was, and no two become one', () => {
  const text = fc.oneof(
    fc.string(),
    fc.string({ unit: fc.constantFrom("'", '=', '-', '+', '1', '.', 'a', '\t') }),
  );
  fc.assert(
    fc.property(text, (given) => {
      expect(unguardFormula(guardFormula(given))).toBe(given);
    }),
    { numRuns: 2_000 },
  );
});
