import { LIMITS } from '@clickledger/contract';
import { describe, expect, it } from 'vitest';
import { parseCombined } from './combined.js';
import { shortenId } from './log-record.js';

const LINE =
  '127.0.0.1 - frank [10/Oct/2000:13:55:36 -0700] "GET /a/b.gif?x=1 HTTP/1.0" 200 2326 "http://e.com/s" "Moz/4.08 [en]"';
const parse = (text: string, terminated = true, queryNames: string[] = []) =>
  parseCombined(1, text, terminated, { queryNames });
const withRequest = (request: string) => parse(LINE.replace(/"GET[^"]*"/, () => `"${request}"`)).record;

describe('the combined log format', () => {
  it("reads Apache's own example", () => {
    expect(parse(LINE)).toEqual({
      line: 1,
      text: LINE,
      record: {
        ip: '127.0.0.1',
        vhost: '',
        ident: '',
        user: 'frank',
        time: '2000-10-10T13:55:36-07:00',
        method: 'GET',
        path: '/a/b.gif?x=1',
        page: '/a/b.gif',
        folder: 'a',
        status: '200',
        bytes: '2326',
        referrer: 'http://e.com/s',
        user_agent: 'Moz/4.08 [en]',
      },
    });
  });

  it('undoes escaped quotes and backslashes, those of nginx too, and nothing else', () => {
    const line = LINE.replace('Moz/4.08 [en]', () => String.raw`a \"b\" \\ \x22 \x5C \xe4 \n`);
    expect(parse(line).record?.user_agent).toBe(String.raw`a "b" \ " \ \xe4 \n`);
  });

  it('reads requests that are none as records without a path', () => {
    for (const request of [
      '-',
      String.raw`\x16\x03\x01`,
      'GET',
      'get /a HTTP/1.1',
      'GET /a b HTTP/1.1',
      '',
    ]) {
      expect(withRequest(request)).toMatchObject({ method: '', path: '', page: '', folder: '' });
    }
    expect(withRequest('GET /a')).toMatchObject({ method: 'GET', path: '/a' });
  });

  it.each([
    ['/', '/', 'root'],
    ['/?x=/y/', '/', 'root'],
    ['/a', '/a', 'root'],
    ['/a/', '/a/', 'a'],
    ['/a/b/c#d', '/a/b/c', 'a'],
    ['//a/b', '//a/b', 'root'],
    ['http://e.com/a/b?c', '/a/b', 'a'],
    ['http://e.com', '/', 'root'],
    ['*', '*', 'root'],
  ])('finds page and folder of %s', (path, page, folder) => {
    expect(withRequest(`GET ${path} HTTP/1.1`)).toMatchObject({ page, folder });
  });

  it('shortens long paths the same way every time, and keeps two that differ apart', () => {
    const long = `/${'a'.repeat(200)}`;
    expect(shortenId(long)).toHaveLength(LIMITS.idLengthMax);
    expect(shortenId(long)).toMatch(/^\/a{94}~[0-9a-f]{32}$/);
    expect(shortenId(long)).toBe(shortenId(long));
    expect(shortenId(`${long}b`)).not.toBe(shortenId(`${long}c`));
    expect(shortenId('x'.repeat(128))).toBe('x'.repeat(128));
    expect(shortenId(`${'x'.repeat(94)}😀${'x'.repeat(99)}`)).toMatch(/^x{94}~/);
    expect(withRequest(`GET ${long}/${long} HTTP/1.1`)).toMatchObject({ page: shortenId(`${long}/${long}`) });
  });

  it('gives the parameters of the query string that are asked for', () => {
    const { record } = parse(LINE.replace('x=1', 'ad=7&c=a%20b'), true, ['ad', 'c', 'none']);
    expect(record).toMatchObject({ 'query.ad': '7', 'query.c': 'a b', 'query.none': '' });
  });

  it('takes a user agent cut off by the server, but not a line cut while it is written', () => {
    const cut = LINE.slice(0, -4);
    expect(parse(cut).record?.user_agent).toBe('Moz/4.08 [');
    expect(parse(cut, false)).toEqual({ line: 1, record: null, error: 'The last line is cut off' });
    expect(parse(LINE, false).record).not.toBeNull();
  });

  it('knows a line by its own fields, not by what is appended', () => {
    expect(parse(`${LINE} 0.003 "-"`)).toEqual(parse(LINE));
  });

  it.each([
    ['', 'Not in the common or combined log format'],
    ['garbage', 'Not in the common or combined log format'],
    [LINE.replace('"GET', 'GET'), 'Not in the common or combined log format'],
    [LINE.replace('Oct', 'Okt'), 'Not a time of the format: 10/Okt/2000:13:55:36 -0700'],
    [LINE.slice(0, 60), 'Not in the common or combined log format'],
  ])('refuses %s', (line, error) => {
    expect(parse(line)).toEqual({ line: 1, record: null, error });
  });

  it('takes linear time for hostile lines', () => {
    const hostile = [
      'a '.repeat(32_000),
      `a b ${'c [d] "'.repeat(9_000)}`,
      `a b c [d] "${'\\"'.repeat(32_000)}`,
      `a b ${'c [d] "" '.repeat(7_000)}`,
      `a b c [d] "x" 200 1 "${'" "'.repeat(20_000)}`,
      ' ['.repeat(32_000),
    ];
    const startMs = performance.now();
    for (const line of hostile) parse(line);
    expect(performance.now() - startMs).toBeLessThan(500);
  });
});
