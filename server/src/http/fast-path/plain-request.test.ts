import { LIMITS } from '@clickledger/contract';
import { describe, expect, it } from 'vitest';
import { type PlainRequest, readPlainRequest } from './plain-request.js';

const BODY = '{"ad_id":"a"}';
const LINE = 'POST /api/v1/clicks HTTP/1.1';
const FIELDS = ['Host: localhost', 'Content-Type: application/json', `Content-Length: ${BODY.length}`];
const requestOf = ({ line = LINE, fields = FIELDS, body = BODY, eol = '\r\n' }) =>
  Buffer.from([line, ...fields, '', body].join(eol), 'latin1');
const withField = (...more: string[]) => requestOf({ fields: [...FIELDS, ...more] });
const instead = (name: string, field: string) =>
  requestOf({ fields: FIELDS.map((one) => (one.startsWith(name) ? field : one)) });

describe('a plain request', () => {
  it('has its fields as Node gives them, and its body', () => {
    const request = readPlainRequest(
      withField(
        'User-Agent: \t Caf\xe9 \xa0\t ',
        'X-FORWARDED-FOR:1.2.3.4',
        'Empty:',
        'Connection: Keep-Alive',
      ),
    ) as PlainRequest;
    expect(request.body.toString()).toBe(BODY);
    expect(request.headers).toEqual({
      host: 'localhost',
      'content-type': 'application/json',
      'content-length': '13',
      'user-agent': 'Caf\xe9 \xa0',
      'x-forwarded-for': '1.2.3.4',
      empty: '',
      connection: 'Keep-Alive',
    });
  });

  it('may have a body of any bytes, up to the limit', () => {
    const body = Buffer.alloc(LIMITS.clickBodyBytesMax, 0xff);
    const bytes = Buffer.concat([instead('Content-Length', `content-length: ${body.length}`), body]);
    const whole = Buffer.concat([bytes.subarray(0, bytes.length - body.length - BODY.length), body]);
    expect((readPlainRequest(whole) as PlainRequest).body.equals(body)).toBe(true);
  });
});

describe('a plain request in two pieces', () => {
  it('is known by its head, while its body is not whole', () => {
    const bytes = requestOf({});
    for (const cut of [1, BODY.length]) expect(readPlainRequest(bytes.subarray(0, -cut))).toBe('rest');
    expect(readPlainRequest(bytes.subarray(0, -BODY.length - 1))).toBeNull();
  });
});

describe('not plain, and left to a full HTTP server', () => {
  const cases: Record<string, Buffer> = {
    'another route': requestOf({ line: 'POST /api/v1/clicks/batch HTTP/1.1' }),
    'a query string': requestOf({ line: 'POST /api/v1/clicks?x=1 HTTP/1.1' }),
    'another method': requestOf({ line: 'GET /api/v1/clicks HTTP/1.1' }),
    'another version': requestOf({ line: 'POST /api/v1/clicks HTTP/1.0' }),
    'an absolute URL': requestOf({ line: 'POST http://localhost/api/v1/clicks HTTP/1.1' }),
    'two spaces in the request line': requestOf({ line: 'POST  /api/v1/clicks HTTP/1.1' }),
    'an empty line before it': Buffer.concat([Buffer.from('\r\n'), requestOf({})]),
    'no host': requestOf({ fields: FIELDS.slice(1) }),
    'no length': requestOf({ fields: FIELDS.slice(0, 2) }),
    'no type': instead('Content-Type', 'X: y'),
    'another type': instead('Content-Type', 'Content-Type: text/plain'),
    'another charset': instead('Content-Type', 'Content-Type: application/json; charset=latin1'),
    'a signed length': instead('Content-Length', `Content-Length: +${BODY.length}`),
    'a hexadecimal length': instead('Content-Length', 'Content-Length: 0xd'),
    'a list of lengths': instead('Content-Length', `Content-Length: ${BODY.length}, ${BODY.length}`),
    'two lengths': withField(`Content-Length: ${BODY.length}`),
    'two keys': withField('Idempotency-Key: a', 'idempotency-key: a'),
    'half of its head': requestOf({}).subarray(0, 40),
    nothing: Buffer.alloc(0),
    'another request behind it': Buffer.concat([requestOf({}), requestOf({})]),
    'a body in chunks': withField('Transfer-Encoding: chunked'),
    'a compressed body': withField('Content-Encoding: gzip'),
    'a proxy connection': withField('Proxy-Connection: close'),
    'more fields than anybody sends': withField(...Array.from({ length: 70 }, (_, i) => `X-${i}: y`)),
    'a name longer than any': withField(`${'x'.repeat(65)}: y`),
    'an expectation': withField('Expect: 100-continue'),
    'an upgrade': withField('Upgrade: h2c'),
    'its last request': withField('Connection: close'),
    'a browser page behind it': withField('Origin: https://example.org'),
    'a cookie': withField('Cookie: a=b'),
    'a prefetch': withField('Sec-Purpose: prefetch'),
    'a folded field': withField('X-Folded: a', ' b'),
    'a space before a colon': withField('X-Space : a'),
    'a field without a name': withField(': a'),
    'a field without a colon': withField('nothing'),
    'a name with a slash': withField('a/b: c'),
    'a NUL': withField('X: a\0b'),
    'a bare CR': withField('X: a\rb'),
    'a bare LF': withField('X: a\nY: b'),
    'lines without CR': requestOf({ eol: '\n' }),
    'a name of all objects': withField('__proto__: x'),
    'a head of more than Node takes': withField(`X: ${'y'.repeat(16_384)}`),
    'a body over the limit': Buffer.concat([
      instead('Content-Length', `Content-Length: ${LIMITS.clickBodyBytesMax + 1}`),
      Buffer.alloc(LIMITS.clickBodyBytesMax + 1 - BODY.length, 0x20),
    ]),
  };
  it.each(Object.entries(cases))('%s', (_, bytes) => {
    expect(readPlainRequest(bytes)).toBeNull();
  });

  it('and a long head that almost is one takes one pass', () => {
    // Were it quadratic, 16 KB of spaces a field would take minutes.
    const field = `X: ${' '.repeat(8_000)}\0`;
    for (let i = 0; i < 1_000; i++) expect(readPlainRequest(withField(field))).toBeNull();
  });
});
