import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openFile, readRecords } from './formats.js';
import { FORMATS, type Format } from './kind.js';
import { LINE_LENGTH_MAX } from './records.js';
import type { ByteStream } from './source.js';
import { accessLog, bytesOf, collect } from './testing/bytes.js';

async function readAll(stream: ByteStream, format: Format, columns: string[] = []) {
  const file = await openFile(stream, { format, delimiter: ',', logFormat: 'combined' });
  return collect(readRecords(file, new Map(columns.map((column) => [column, []]))));
}
const read = (
  content: string | Uint8Array,
  format: Format,
  columns: string[] = ['a', 'b'],
  chunkBytes?: number,
) => readAll(bytesOf(content, chunkBytes), format, columns);
const fieldsOf = async (...args: Parameters<typeof read>) =>
  (await read(...args)).map(({ line, record }) => [line, record]);

describe('reading a file of clicks', () => {
  it('gives all 10,000 lines of a real access log, gzip unpacked', async () => {
    const records = await readAll(accessLog(), 'log');
    expect(records).toHaveLength(10_000);
    expect(records.filter(({ record }) => record === null)).toEqual([]);
    expect(records.map(({ line }) => line)).toEqual(Array.from({ length: 10_000 }, (_, index) => index + 1));
    const methods = new Map<unknown, number>();
    for (const { record } of records) methods.set(record?.method, (methods.get(record?.method) ?? 0) + 1);
    expect(Object.fromEntries(methods)).toEqual({ GET: 9_952, HEAD: 42, POST: 5, OPTIONS: 1 });
  });

  it('tells gzip by its content, whatever the chunks, several members included', async () => {
    const packed = Buffer.concat([gzipSync('{"a":1}\n'), gzipSync('{"a":2}\n')]);
    expect(await fieldsOf(packed, 'ndjson', ['a'], 1)).toEqual([
      [1, { a: 1 }],
      [2, { a: 2 }],
    ]);
  });

  it('says so when gzip is cut off', async () => {
    const packed = gzipSync('{"a":1}\n'.repeat(1_000));
    await expect(read(packed.subarray(0, packed.length - 12), 'ndjson')).rejects.toThrow('broken or cut off');
  });

  it('takes CRLF, a byte order mark, blank lines and a last line without a break', async () => {
    expect(await fieldsOf('\ufeff{"a":1}\r\n\r\n  \n{"a":"ü"}', 'ndjson', ['a'], 1)).toEqual([
      [1, { a: 1 }],
      [4, { a: 'ü' }],
    ]);
    expect(await fieldsOf('\ufeffa,b\r\n1,2\r\n', 'csv')).toEqual([[2, { a: '1', b: '2' }]]);
  });

  it('refuses one line that is too long and reads on, in whatever chunks it comes', async () => {
    for (const chunkBytes of [1_000, 1_000_000]) {
      for (const format of FORMATS) {
        const header = format === 'csv' ? 'a,b\n' : '';
        const records = await read(
          `${header}${'x'.repeat(LINE_LENGTH_MAX + 1)}\nx\n`,
          format,
          ['a'],
          chunkBytes,
        );
        const first = format === 'csv' ? 2 : 1;
        expect(records[0]).toEqual({ line: first, record: null, error: 'Longer than 65536 characters' });
        expect(records.map(({ line }) => line)).toEqual([first, first + 1]);
      }
    }
    const longest = `"${'x'.repeat(LINE_LENGTH_MAX - 2)}"`;
    for (const chunkBytes of [777, LINE_LENGTH_MAX, LINE_LENGTH_MAX + 1]) {
      expect(await read(`${longest}\r\n`, 'ndjson', ['a'], chunkBytes)).toEqual([
        { line: 1, record: null, error: 'Not a JSON object' },
      ]);
    }
  });

  it('gives exactly one outcome for every line that is not blank, and never throws', async () => {
    const line = fc.oneof(
      fc.string(),
      fc.constant('1.2.3.4 - - [17/May/2015:10:05:03 +0000] "GET /a HTTP/1.1" 200 1 "-" "x"'),
      fc.string({ unit: fc.constantFrom('"', '\\', ' ', '[', ']', '-', '{', '}', ':', ',', '\r', 'a', '1') }),
      fc.json(),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(line.map((text) => text.replaceAll('\n', ''))),
        fc.constantFrom<Format>('ndjson', 'log'),
        fc.integer({ min: 1, max: 50 }),
        async (lines, format, chunkBytes) => {
          // A gzip or UTF-16 mark can't come from valid UTF-8 text; a byte order mark can be taken for one.
          const content = lines.join('\n').replaceAll('\ufeff', '');
          const expected = lines.flatMap((text, index) =>
            text.replaceAll('\ufeff', '').trim() === '' ? [] : [index + 1],
          );
          const records = await read(content, format, ['a'], chunkBytes);
          expect(records.map((record) => record.line)).toEqual(expected);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('gives the same records in whatever chunks the bytes come', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.string({ unit: fc.constantFrom('"', ',', '\n', '\r', 'a', 'ü', ' ') }),
        fc.integer({ min: 1, max: 9 }),
        async (body, chunkBytes) => {
          const content = `a,b\n${body}`;
          expect(await read(content, 'csv', [], chunkBytes)).toEqual(await read(content, 'csv'));
        },
      ),
      { numRuns: 300 },
    );
  });
});
