import { describe, expect, it } from 'vitest';
import { parseNdjson } from './ndjson.js';

const parse = (text: string, ...fields: string[]) => parseNdjson(7, text, new Set(fields));

describe('newline-delimited JSON', () => {
  it('takes the fields asked for as text, null and missing ones as absent', () => {
    const text = ' {"a":"x","b":1.5,"c":null,"d":{"e":2},"f":[1],"d.e":9} ';
    expect(parse(text, 'a', 'b', 'c', 'none')).toEqual({
      line: 7,
      record: { a: 'x', b: '1.5' },
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
    ['{"a":12345678901234567890}', 'a: the number is too large to be exact; write it as a string'],
  ])('refuses %s', (text, error) => {
    expect(parse(text, 'a')).toEqual({ line: 7, record: null, error });
  });
});
