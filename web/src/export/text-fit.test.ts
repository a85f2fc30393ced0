import { expect, test } from 'vitest';
import { shorten } from './text-fit.js';

/** As if every code unit were one wide. */
const widthOf = (text: string) => text.length;

test('what fits stays as it is', () => {
  expect(shorten('Spring sale', 11, widthOf)).toBe('Spring sale');
});

test('what does not is cut between letters, with an ellipsis', () => {
  expect(shorten('Spring sale', 7, widthOf)).toBe('Spring…');
  expect(shorten('Ж'.repeat(96), 10, widthOf)).toBe(`${'Ж'.repeat(9)}…`);
});

test.each([
  ['a family of one picture', '👩‍👩‍👧‍👦👩‍👩‍👧‍👦', 13, '👩‍👩‍👧‍👦…'],
  ['a letter with its accent', 'e\u0301e\u0301e\u0301', 4, 'e\u0301…'],
  ['a flag', '🇩🇪🇫🇷', 6, '🇩🇪…'],
])('%s is not cut apart', (_, text, widthMax, short) => {
  expect(shorten(text, widthMax, widthOf)).toBe(short);
});

test('at least one letter is left', () => {
  expect(shorten('Spring', 0, widthOf)).toBe('S…');
});
