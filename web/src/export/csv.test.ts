import { expect, test } from 'vitest';
import { toCsv } from './csv.js';

test('texts are quoted, numbers are not, and what is unknown is empty', () => {
  expect(toCsv([{ name: 'say "hi", twice', clicks: 12, budget: null }])).toBe(
    '"name","clicks","budget"\r\n"say ""hi"", twice",12,\r\n',
  );
  expect(toCsv([])).toBe('');
});

test.each(['=1+1', '+1', '-1', '@sum', '\t=1'])('no text runs as a formula: %j', (name) => {
  expect(toCsv([{ name }])).toBe(`"name"\r\n"'${name}"\r\n`);
});
