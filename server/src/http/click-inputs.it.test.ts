import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { type BatchReply, type ClickReply, DESCRIBING_FIELDS, LIMITS } from '@clickledger/contract';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aClick, startTestSystem, type TestSystem } from '../testing/system.js';
import { zstdSync } from '../testing/zstd.js';

const CLICKS = '/api/v1/clicks';
const BATCH = `${CLICKS}/batch`;
/** JSON values for the property; more in a long run. */
const VALUES = Number(process.env.FUZZ_INPUTS ?? 200);

let system: TestSystem;
beforeAll(async () => {
  system = await startTestSystem();
});
afterAll(() => system?.close());

const stored = async (clickId: string) =>
  (await system.pool.query('SELECT * FROM click_events WHERE click_id = $1', [clickId])).rows[0];
const sendOne = async (fields: object, headers: Record<string, string> = {}) => {
  const response = await system.post(CLICKS, aClick({ ...fields }), headers);
  expect(response.statusCode, response.body).toBe(202);
  const reply = response.json<ClickReply>();
  return { reply, row: await stored(reply.click_id) };
};
const sendBytes = (payload: Buffer | string, headers: Record<string, string>, url = CLICKS) =>
  system.app.inject({ method: 'POST', url, payload, headers });

describe('a field that only describes never costs the click', () => {
  it('is mapped, cut or unknown, and the reply says which', async () => {
    const { reply, row } = await sendOne({
      country: 'UK',
      device_type: 'smartphone',
      os: null,
      browser: 'b'.repeat(70),
      referrer: 'r'.repeat(2_100),
      user_agent: 'u'.repeat(1_100),
    });
    expect(reply.warnings).toEqual([
      'country: "UK" is taken as GB',
      'device_type: "smartphone" is taken as mobile',
      'browser: cut to 64 characters',
      'referrer: cut to 2048 characters',
      'user_agent: cut to 1024 characters',
    ]);
    expect(row).toMatchObject({
      country: 'GB',
      device_type: 'mobile',
      browser: 'b'.repeat(64),
      referrer: 'r'.repeat(2_048),
      user_agent: 'u'.repeat(1_024),
    });
  });

  it('when unknown is looked up, as if it had not been sent', async () => {
    const { row } = await sendOne(
      { country: 'T1', device_type: 'toaster', os: 7 },
      { 'x-forwarded-for': '8.8.8.8', 'user-agent': 'Mozilla/5.0 (Windows NT 10.0) Chrome/126.0.0.0' },
    );
    expect(row).toMatchObject({ country: 'US', device_type: 'desktop', os: 'Windows' });
  });

  it('is told of each click of a batch, and of no other', async () => {
    const clicks = [
      aClick(),
      aClick({ country: 'EU' }),
      aClick({ ad_id: '..', country: 'EU' }),
      aClick({ device_type: 'tv' }),
    ];
    const reply = (await system.post(BATCH, { clicks })).json<BatchReply>();
    expect(reply).toMatchObject({ accepted: 3, rejected: 1 });
    expect(reply.results.map((result) => ('warnings' in result ? result.warnings : null))).toEqual([
      null,
      ['country: "EU" is no ISO 3166-1 alpha-2 code; taken as unknown'],
      null,
      null,
    ]);
  });

  it('whatever JSON it holds, alone and in a batch', async () => {
    // A body that would poison a prototype is refused as a whole.
    const json = fc.jsonValue().filter((value) => !/"(?:__proto__|constructor)"/.test(JSON.stringify(value)));
    const values = fc.array(fc.record({ field: fc.constantFrom(...DESCRIBING_FIELDS), value: json }), {
      minLength: 20,
      maxLength: 20,
    });
    await fc.assert(
      fc.asyncProperty(values, async (fields) => {
        const clicks = fields.map(({ field, value }) => aClick({ [field]: value }));
        expect((await system.post(BATCH, { clicks })).json()).toMatchObject({ accepted: 20, rejected: 0 });
        expect((await system.post(CLICKS, clicks[0])).statusCode).toBe(202);
      }),
      { numRuns: Math.ceil(VALUES / 20) },
    );
  });

  it('is told again to who asks again under the same Idempotency-Key', async () => {
    const headers = { 'idempotency-key': 'warned' };
    const click = aClick({ country: 'UK' });
    const [first, again] = [
      await system.post(CLICKS, click, headers),
      await system.post(CLICKS, click, headers),
    ];
    expect([first.statusCode, again.statusCode]).toEqual([202, 200]);
    expect(again.body).toBe(first.body);
    expect(first.json().warnings).toHaveLength(1);
  });
});

describe('a time', () => {
  it.each([
    ['in microseconds', (ms: number) => `${ms}000`],
    ['in milliseconds, as a number', (ms: number) => ms],
    ['with a comma', (ms: number) => new Date(ms).toISOString().replace('.', ',')],
  ])('%s is taken', async (_, write) => {
    const ms = Date.now() - 60_000;
    expect((await sendOne({ timestamp: write(ms) })).row.clicked_at).toEqual(new Date(ms));
  });

  it.each([
    ['2026-02-29T10:00:00Z', '2026-02 has 28 days'],
    ['2026-01-01T10:00:00', 'no zone: add Z for UTC, or an offset such as +02:00'],
    ['12345', 'a number of 5 digits has no unit'],
  ])('%s is refused with its cause', async (timestamp, cause) => {
    const response = await system.post(CLICKS, aClick({ timestamp }));
    expect(response.statusCode).toBe(400);
    const [message] = response.json().error.fieldErrors.timestamp;
    expect(message).toContain(`"${timestamp}": ${cause}`);
  });
});

describe('an address is the same however a proxy writes it', () => {
  it.each([
    ['x-forwarded-for', '203.0.113.7:51234', '203.0.113.7'],
    ['x-forwarded-for', '198.51.100.1, 203.0.113.7:51234', '203.0.113.7'],
    ['x-forwarded-for', '[2001:db8::5]:443', '2001:db8::5'],
    ['x-forwarded-for', '203.0.113.7, 127.0.0.1:8080', '203.0.113.7'],
    ['forwarded', 'for="[2001:db8::5]:443";proto=https', '2001:db8::5'],
    ['forwarded', 'for=198.51.100.1, for=203.0.113.7', '203.0.113.7'],
  ])('%s: %s', async (header, value, plain) => {
    const { row } = await sendOne({}, { [header]: value });
    const { row: expected } = await sendOne({}, { 'x-forwarded-for': plain });
    expect(row.ip_hash).toBe(expected.ip_hash);
    expect(row.ip_hash).not.toBeNull();
  });
});

describe('a body', () => {
  const json = { 'content-type': 'application/json' };
  const body = () => Buffer.from(JSON.stringify(aClick()));

  it.each([
    ['gzip', gzipSync],
    ['x-gzip', gzipSync],
    ['deflate', deflateSync],
    ['deflate', deflateRawSync],
    ['br', brotliCompressSync],
    ['zstd', zstdSync],
    ['identity', (bytes: Buffer) => bytes],
  ])('packed as %s is unpacked, alone and in a batch', async (encoding, pack) => {
    const headers = { ...json, 'content-encoding': encoding };
    expect((await sendBytes(pack(body()), headers)).statusCode).toBe(202);
    const batch = Buffer.from(
      JSON.stringify({ clicks: Array.from({ length: LIMITS.batchClicksMax }, () => aClick()) }),
    );
    expect((await sendBytes(pack(batch), headers, BATCH)).json()).toMatchObject({
      accepted: LIMITS.batchClicksMax,
    });
  });

  it.each([
    ['gzip', gzipSync, 413],
    ['deflate', deflateSync, 413],
    ['br', brotliCompressSync, 413],
    ['zstd', zstdSync, 400],
  ])('packed as %s is held to the limit unpacked too: a bomb is refused', async (encoding, pack, status) => {
    const headers = { ...json, 'content-encoding': encoding };
    const spaces = (length: number) => Buffer.concat([body(), Buffer.alloc(length - body().length, ' ')]);
    expect((await sendBytes(pack(spaces(LIMITS.clickBodyBytesMax)), headers)).statusCode).toBe(202);
    expect((await sendBytes(pack(spaces(LIMITS.clickBodyBytesMax + 1)), headers)).statusCode).toBe(status);
    const bomb = pack(Buffer.alloc(64_000_000));
    expect((await sendBytes(bomb, headers, BATCH)).statusCode).toBe(status);
    expect((await sendBytes(pack(body()), headers)).statusCode).toBe(202);
  });

  it.each(['gzip', 'deflate', 'br', 'zstd'])(
    'that is not %s though it says so is a 400',
    async (encoding) => {
      for (const bytes of [
        body(),
        Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0xff, 0xff, 0xff]),
        gzipSync(body()).subarray(0, 40),
      ]) {
        const response = await sendBytes(bytes, { ...json, 'content-encoding': encoding });
        expect(response.statusCode).toBe(400);
        expect(response.json().error.formErrors[0]).toContain(`not valid ${encoding}`);
      }
    },
  );

  it.each([
    [{ ...json, 'content-encoding': 'compress' }, 'unsupported_content_encoding', '"compress"'],
    [{ ...json, 'content-encoding': 'gzip, br' }, 'unsupported_content_encoding', '"gzip, br"'],
    [{ ...json, 'content-encoding': '__proto__' }, 'unsupported_content_encoding', '"__proto__"'],
    [{ 'content-type': 'text/html' }, 'unsupported_media_type', '"text/html"'],
  ])('of a kind that is not taken is a 415 that names it: %j', async (headers, code, name) => {
    const response = await sendBytes(body(), headers);
    expect(response.statusCode).toBe(415);
    expect(response.json().error).toEqual({ code, message: expect.stringContaining(name) });
    // With no other 415 (RFC 7694, section 3).
    const isEncoding = code === 'unsupported_content_encoding';
    expect(response.headers['accept-encoding']).toBe(isEncoding ? 'gzip, br, deflate, zstd' : undefined);
  });

  it('of the same click under one Idempotency-Key is the same, packed or not', async () => {
    const bytes = body();
    const headers = { ...json, 'idempotency-key': 'packed' };
    const first = await sendBytes(bytes, headers);
    const again = await sendBytes(gzipSync(bytes), { ...headers, 'content-encoding': 'gzip' });
    expect([first.statusCode, again.statusCode]).toEqual([202, 200]);
  });

  it('of a beacon is text/plain with JSON: taken for clicks, and for nothing else', async () => {
    const beacon = { 'content-type': 'text/plain;charset=UTF-8' };
    expect((await sendBytes(body(), beacon)).statusCode).toBe(202);
    expect((await sendBytes(JSON.stringify({ clicks: [aClick()] }), beacon, BATCH)).statusCode).toBe(202);
    const response = await sendBytes('{"name":"x"}', beacon, '/api/v1/fraud/lists');
    expect(response.statusCode).toBe(415);
  });

  it.each(['application/json', 'text/plain'])(
    'as %s is refused from a page of another site',
    async (type) => {
      for (const from of [{ origin: 'https://evil.example' }, { 'sec-fetch-site': 'cross-site' }]) {
        const response = await sendBytes(body(), { 'content-type': type, ...from } as Record<string, string>);
        expect(response.statusCode).toBe(403);
      }
    },
  );
});

describe('bytes that are no UTF-8 never make one id of two', () => {
  it.each(['caf%E9', 'caf%E8', '%zz'])(
    'in a query string, %s is a 400 that names the parameter',
    async (value) => {
      const response = await system.app.inject(`/api/v1/clicks?limit=1&campaign_id=${value}`);
      expect(response.statusCode).toBe(400);
      expect(response.json().error.fieldErrors).toEqual({ campaign_id: ['Not percent-encoded UTF-8'] });
    },
  );

  it('in a path is a 400, and in a body too', async () => {
    expect((await system.app.inject('/api/v1/campaigns/caf%E9')).statusCode).toBe(400);
    const bytes = Buffer.from(JSON.stringify(aClick({ campaign_id: 'caf?' })).replace('?', '\xe9'), 'latin1');
    for (const type of ['application/json', 'text/plain'])
      expect((await sendBytes(bytes, { 'content-type': type })).json().error.formErrors).toEqual([
        'The body is not UTF-8.',
      ]);
  });
});
