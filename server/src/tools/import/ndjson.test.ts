import { describe, expect, it } from 'vitest';
import { parseNdjson } from './ndjson.js';

const parse = (text: string, ...fields: string[]) =>
  parseNdjson(7, text, new Map(fields.map((field) => [field, ['user_id']])));
const describing = (text: string) => parseNdjson(7, text, new Map([['x', ['os']]])).record;

const INEXACT = 'a: the number is too large, or a fraction, and not exact; write it as a string';

describe('newline-delimited JSON', () => {
  it('takes the fields asked for as text, null and missing ones as absent', () => {
    const text = ' {"a":"x","b":15,"c":null,"d":{"e":2},"f":[1],"d.e":9} ';
    expect(parse(text, 'a', 'b', 'c', 'none')).toEqual({
      line: 7,
      record: { a: 'x', b: '15' },
      text: text.trim(),
    });
  });

  it('reaches into objects, a field of the very name first', () => {
    expect(parse('{"d":{"e":2}}', 'd.e').record).toEqual({ 'd.e': '2' });
    expect(parse('{"d":{"e":2},"d.e":9}', 'd.e').record).toEqual({ 'd.e': '9' });
    expect(parse('{"d":1}', 'd.e', 'constructor.name', '__proto__.x').record).toEqual({});
  });

  it.each([
    ['', 'Not JSON'],
    ['{"a":', 'Not JSON'],
    ['[1]', 'Not a JSON object'],
    ['null', 'Not a JSON object'],
    ['{"a":[1]}', 'a: Expected a string or a number'],
    ['{"a":true}', 'a: Expected a string or a number'],
    ['{"a":12345678901234567890}', INEXACT],
    ['{"a":1234567.12345678901}', INEXACT],
  ])('refuses %s', (text, error) => {
    expect(parse(text, 'a')).toEqual({ line: 7, record: null, error });
  });

  it('leaves what only describes as it is, for the contract to read as the API does', () => {
    expect([describing('{"x":[1]}'), describing('{"x":7}'), describing('{"x":null}')]).toEqual([
      { x: [1] },
      { x: 7 },
      {},
    ]);
  });
});
