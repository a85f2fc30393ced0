import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CsvReader } from './csv.js';
import { LINE_LENGTH_MAX, type ReadRecord } from './records.js';

function read(content: string, delimiter = ','): ReadRecord[] {
  const reader = new CsvReader(delimiter);
  const records = content
    .split('\n')
    .flatMap((text, index) => reader.push({ line: index + 1, text, terminated: true }));
  return [...records, ...reader.end()];
}
const outcomes = (content: string) =>
  read(content).map((read) => [read.line, read.record === null ? read.error : Object.values(read.record)]);
const quoted = (value: string) => `"${value.replaceAll('"', '""')}"`;

describe('CSV', () => {
  it('reads quotes, doubled quotes and line breaks inside them, with the line a record starts on', () => {
    expect(outcomes('a,b\n"x, y","say ""hi"""\n\n"two\nlines",1\n,\n')).toEqual([
      [2, ['x, y', 'say "hi"']],
      [4, ['two\nlines', '1']],
      [6, ['', '']],
    ]);
    expect(read('a;b\n1;2', ';')).toMatchObject([{ line: 2, record: { a: '1', b: '2' } }]);
  });

  it('a stray quote costs the line it is on, and no other', () => {
    expect(outcomes('a,b\n"x,1\ny,2\nz,3')).toEqual([
      [2, 'A quote is not closed'],
      [3, ['y', '2']],
      [4, ['z', '3']],
    ]);
    expect(outcomes('a,b\n5" disk,1\ny,2\n"z",3')).toEqual([
      [2, 'A quote is not closed'],
      [3, ['y', '2']],
      [4, ['z', '3']],
    ]);
    expect(outcomes('a,b\n"x"y,1\nz,3')).toEqual([
      [2, 'A quote is where none may be'],
      [3, ['z', '3']],
    ]);
  });

  it('gives up on an open quote after the longest record, and reads the lines again', () => {
    const lines = Math.ceil(LINE_LENGTH_MAX / 4) + 5;
    const found = outcomes(`a,b\n"x,1\n${'y,2\n'.repeat(lines)}"z",3`);
    expect(found).toHaveLength(lines + 2);
    expect(found[0]).toEqual([2, 'A quote is not closed']);
    expect(found.at(-1)).toEqual([lines + 3, ['z', '3']]);
  });

  it('names the number of fields that is wrong', () => {
    expect(outcomes('a,b\n1\n1,2,3')).toEqual([
      [2, 'Expected 2 fields as in the header, found 1'],
      [3, 'Expected 2 fields as in the header, found 3'],
    ]);
  });

  it('takes empty cells beyond the last column, and columns without a name, for nothing', () => {
    expect(outcomes('a,b\n1,2,\n3,4,, \n5,6,,x')).toEqual([
      [2, ['1', '2']],
      [3, ['3', '4']],
      [4, 'Expected 2 fields as in the header, found 4'],
    ]);
    expect(outcomes(',a,b,\n0,1,2,\n1,3,4,x')).toEqual([
      [2, ['1', '2']],
      [3, ['3', '4']],
    ]);
  });

  it('reads over a first line that names the delimiter', () => {
    expect(read('sep=;\na;b\n1;2', ';')).toMatchObject([{ line: 3, record: { a: '1', b: '2' } }]);
  });

  it('refuses a file without a usable header', () => {
    expect(() => read('')).toThrow('has no header line');
    expect(() => read('a,a\n')).toThrow('names a column twice');
    expect(() => read(',\n')).toThrow('names no column');
    expect(() => read('"a,b\n1,2')).toThrow('The CSV header (line 1): A quote is not closed');
    expect(() => new CsvReader('"')).toThrow('delimiter');
  });

  it('reads back whatever values were written, one record each, whatever they hold', () => {
    const value = fc.string({ unit: fc.constantFrom('"', ',', '\n', 'a', ' ', ';', 'ü', '\r') });
    const rows = fc.array(fc.tuple(value, value));
    fc.assert(
      fc.property(rows, (values) => {
        const content = ['a,b', ...values.map((row) => row.map(quoted).join(','))].join('\n');
        expect(read(content).map((read) => read.record && Object.values(read.record))).toEqual(values);
      }),
      { numRuns: 500 },
    );
  });

  it('never throws after the header, and accounts for every line', () => {
    const soup = fc.string({ unit: fc.constantFrom('"', ',', '\n', 'a', ' '), maxLength: 200 });
    fc.assert(
      fc.property(soup, (body) => {
        const found = read(`a,b\n${body}`).map(({ line }) => line);
        expect(found).toEqual([...new Set(found)].sort((one, other) => one - other));
        if (!body.includes('"')) {
          const lines = body.split('\n').flatMap((text, index) => (text.trim() === '' ? [] : [index + 2]));
          expect(found).toEqual(lines);
        }
      }),
      { numRuns: 1_000 },
    );
  });
});
