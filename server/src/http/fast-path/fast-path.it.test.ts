import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { Agent, request as httpRequest } from 'node:http';
import { connect, type Socket } from 'node:net';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import type { MadeApiKey } from '@clickledger/contract';
import fc from 'fast-check';
import type { FastifyInstance } from 'fastify';
import { Registry } from 'prom-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aClick, startTestSystem, type TestSystem } from '../../testing/system.js';
import { until } from '../../testing/wait.js';
import { buildApp } from '../server/app.js';

/** Requests of the property; more in a long run. */
const MUTANTS = Number(process.env.FUZZ_INPUTS ?? 100);
const MUTANTS_AT_ONCE = 25;
const PATIENT = {
  headersTimeout: 60_000,
  requestTimeout: 60_000,
  keepAliveTimeout: 60_000,
  connectionsCheckingInterval: 50,
  connectionsMax: 500,
};
const IMPATIENT = { ...PATIENT, headersTimeout: 400, requestTimeout: 800, keepAliveTimeout: 400 };

interface Way {
  app: FastifyInstance;
  port: number;
  registry: Registry;
}

let system: TestSystem;
/** Two servers on one system: with the fast path in front, and without. */
let short: Way;
let long: Way;
/** The same for who says nothing more, or never enough. */
let shortImpatient: Way;
let longImpatient: Way;
const open = async (hasFastPath: boolean, limits = PATIENT): Promise<Way> => {
  const registry = new Registry();
  const app = await buildApp(
    { ...system.services, registry },
    { trustedProxies: ['127.0.0.1'], limits, hasFastPath },
  );
  await app.listen({ host: '127.0.0.1', port: 0 });
  return { app, registry, port: (app.server.address() as { port: number }).port };
};
beforeAll(async () => {
  system = await startTestSystem();
  short = await open(true);
  long = await open(false);
  shortImpatient = await open(true, IMPATIENT);
  longImpatient = await open(false, IMPATIENT);
});
afterAll(async () => {
  for (const way of [short, long, shortImpatient, longImpatient]) await way?.app.close();
  await system?.close();
});

const answered = async ({ registry }: Way): Promise<number> =>
  (await registry.getSingleMetric('clickledger_http_fast_path_requests_total')?.get())?.values[0]?.value ?? 0;

/** Has commits wait for a lock until what it gives is called. */
async function holdCommits(): Promise<() => Promise<void>> {
  const holder = await system.pool.connect();
  await holder.query('BEGIN; LOCK TABLE click_events IN SHARE MODE');
  return async () => {
    await holder.query('COMMIT');
    holder.release();
  };
}
const commitsWait = () =>
  until(
    () => system.pool.query('SELECT FROM pg_locks WHERE NOT granted'),
    ({ rowCount }) => rowCount !== 0,
  );

interface Sent {
  fields?: string[];
  body?: string | Buffer;
  line?: string;
}
/** The bytes of a request; `fields` take the place of usual ones of their names. */
function bytesOf({
  fields = [],
  body = JSON.stringify(aClick()),
  line = 'POST /api/v1/clicks HTTP/1.1',
}: Sent) {
  const payload = Buffer.from(body);
  const named = new Set(fields.map((field) => field.split(':')[0]?.toLowerCase()));
  const usual = ['Host: localhost', 'Content-Type: application/json'];
  if (!named.has('transfer-encoding')) usual.push(`Content-Length: ${payload.length}`);
  const all = [...usual.filter((field) => !named.has(field.split(':')[0]?.toLowerCase())), ...fields];
  return Buffer.concat([Buffer.from([line, ...all, '', ''].join('\r\n'), 'latin1'), payload]);
}

/** The whole replies in a text, up to one that says that it is the last: what comes after that, no client reads. */
function repliesIn(text: string): { head: string; body: string }[] {
  const replies = [];
  for (let at = 0; ; ) {
    const end = text.indexOf('\r\n\r\n', at);
    if (end < 0) return replies;
    const head = text.slice(at, end);
    const length = Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1] ?? 0);
    at = end + 4 + length;
    if (text.length < at) return replies;
    replies.push({ head, body: text.slice(end + 4, at) });
    if (/\r\nconnection: close/i.test(head)) return replies;
  }
}

/** What a server answers to these bytes, each piece sent when the replies before it are there, until so many replies came or it hangs up. */
async function talk(
  { port }: Way,
  pieces: Buffer[],
  { replies = pieces.length, isOnePiece = false } = {},
): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  let text = '';
  let sent = 0;
  socket.setEncoding('latin1');
  socket.on('error', () => undefined); // cut while it writes
  const send = () => {
    const piece = pieces[sent++];
    if (piece && socket.writable) socket.write(piece, () => isOnePiece && setTimeout(send, 3));
  };
  socket.on('connect', send);
  socket.on('data', (data) => {
    text += data;
    if (repliesIn(text).length >= replies) socket.destroy();
    else if (!isOnePiece && repliesIn(text).length === sent) send();
  });
  await new Promise((resolve) => socket.once('close', resolve));
  return text;
}
const untilClosed = (way: Way, pieces: Buffer[]) => talk(way, pieces, { replies: Number.POSITIVE_INFINITY });

/** Without what differs from one reply to the next: the second of two alike is flagged. */
const comparable = (text: string) =>
  repliesIn(text).map(({ head, body }) => ({
    head: head
      .split('\r\n')
      .map((line) => line.replace(/^[\w-]+(?=:)/, (name) => name.toLowerCase()))
      .filter((line) => !/^(?:date:|x-request-id:)/.test(line))
      .filter((line) => !(body.includes('"is_fraudulent"') && line.startsWith('content-length:')))
      .sort(),
    body: body.replace(/"click_id":"[^"]+"/, 'ID').replace(/"is_fraudulent":(?:true|false)/, 'FLAG'),
  }));

describe('with the fast path and without it, a request is answered alike', () => {
  const cases: Record<string, () => Sent> = {
    'a click': () => ({}),
    'one with everything': () => ({
      body: JSON.stringify(
        aClick({
          user_id: 'jörg',
          country: 'de',
          timestamp: new Date().toISOString(),
          referrer: 'https://e.com/?ü',
        }),
      ),
      fields: [
        'User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/126.0.0.0 Safari/537.36',
        'X-Forwarded-For: 9.9.9.9, 203.0.113.7',
        'Accept: */*',
        'Traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
      ],
    }),
    'no JSON': () => ({ body: '{' }),
    'an empty body': () => ({ body: '' }),
    'a body that is no UTF-8': () => ({ body: Buffer.from([0x22, 0xff, 0x22]) }),
    'a poisoned prototype': () => ({ body: '{"__proto__":{"x":1}}' }),
    'a click without a campaign': () => ({ body: '{"ad_id":"a","advertiser_id":"v"}' }),
    'a click of the future': () => ({ body: JSON.stringify(aClick({ timestamp: '2090-01-01T00:00:00Z' })) }),
    'an empty key': () => ({ fields: ['Idempotency-Key:'] }),
    'a key that is too long': () => ({ fields: [`Idempotency-Key: ${'k'.repeat(300)}`] }),
    'a key twice': () => ({ fields: ['Idempotency-Key: a', 'Idempotency-Key: b'] }),
    'what describes it in other words': () => ({
      body: JSON.stringify(
        aClick({ country: 'UK', device_type: 'Téléphone 😀', referrer: 'ü'.repeat(3_000), os: 7 }),
      ),
    }),
    'a wrong id and a wrong country': () => ({
      body: JSON.stringify(aClick({ ad_id: '..', country: 'T1' })),
    }),
    'a time of another form': () => ({
      body: JSON.stringify(aClick({ timestamp: String(Date.now() * 1_000) })),
    }),
    'a beacon': () => ({ fields: ['Content-Type: text/plain;charset=UTF-8'] }),
    'another type': () => ({ fields: ['Content-Type: text/html'] }),
    'a packed body': () => ({ body: gzipSync(JSON.stringify(aClick())), fields: ['Content-Encoding: gzip'] }),
    'an encoding that is not taken': () => ({ fields: ['Content-Encoding: compress'] }),
    'a Forwarded': () => ({ fields: ['Forwarded: for="[2001:db8::5]:443", for=203.0.113.7:51234'] }),
    'a body in chunks': () => ({ fields: ['Transfer-Encoding: chunked'], body: '2\r\n{}\r\n0\r\n\r\n' }),
    'chunks and a length': () => ({
      fields: ['Transfer-Encoding: chunked', 'Content-Length: 2'],
      body: '{}',
    }),
    'an expectation': () => ({ fields: ['Expect: 100-continue'] }),
    'an expectation of something else': () => ({ fields: ['Expect: tea'] }),
    'the last request': () => ({ fields: ['Connection: close'] }),
    'a page of another site': () => ({ fields: ['Origin: https://evil.example'] }),
    'another name of this machine': () => ({ fields: ['Host: evil.example'] }),
    'a prefetch': () => ({ fields: ['Sec-Purpose: prefetch'] }),
    'HTTP/1.0': () => ({ line: 'POST /api/v1/clicks HTTP/1.0' }),
    'a NUL in a field': () => ({ fields: ['X: a\0b'] }),
    'a folded field': () => ({ fields: ['X: a\r\n b'] }),
    'a head that is too long': () => ({ fields: [`X: ${'y'.repeat(20_000)}`] }),
    'a body that is too long': () => ({ body: JSON.stringify(aClick({ referrer: 'r'.repeat(20_000) })) }),
    'no such route': () => ({ line: 'POST /api/v1/klicks HTTP/1.1' }),
    reading: () => ({ line: 'GET /health/live HTTP/1.1', body: '' }),
  };

  it.each(Object.entries(cases))('%s', async (_, make) => {
    const bytes = bytesOf(make());
    const [shorts, longs] = await Promise.all([talk(short, [bytes]), talk(long, [bytes])]);
    expect(longs).toMatch(/^HTTP\/1\.1 \d{3} /);
    expect(comparable(shorts)).toEqual(comparable(longs));
  });

  describe('a link', () => {
    let slug: string;
    beforeAll(async () => {
      for (const [path, payload] of [
        ['campaigns/camp-l', { advertiser_id: 'adv-l' }],
        ['ads/ad-l', { campaign_id: 'camp-l' }],
      ] as const)
        await system.app.inject({ method: 'PUT', url: `/api/v1/${path}`, payload });
      const destinations = [{ url: 'https://shop.example/?cid={click_id}&a={sub1}&os={os}' }];
      const body = { ad_id: 'ad-l', destinations, pass_parameters: true };
      slug = (await system.post('/api/v1/links', body)).json().slug;
    });
    const linkBytes = (target: string, fields: string[] = [], method = 'GET') =>
      Buffer.from(
        [`${method} ${target} HTTP/1.1`, 'Host: localhost', ...fields, '', ''].join('\r\n'),
        'latin1',
      );

    it.each([
      ['that is followed', '', []],
      ['with parameters', '?sub1=a%20b&gclid=x&utm_source=caf%C3%A9', []],
      ['with a query that is no UTF-8', '?sub1=caf%E9&x=%&&=1', []],
      [
        'of a browser',
        '?sub1=a',
        [
          'User-Agent: Mozilla/5.0 (Windows NT 10.0) Chrome/126.0.0.0',
          'Cookie: a=b',
          'Sec-Fetch-Site: cross-site',
          'Accept: text/html',
          'Referer: https://e.example/ü',
        ],
      ],
      ['of a page of another site', '', ['Origin: https://evil.example']],
      ['of a prefetch', '', ['Sec-Purpose: prefetch']],
      ['with an unknown slug', 'x', []],
      ['with a query of other characters', '?sub1="<>\\^`{|}', []],
      ['with a body', '', ['Content-Length: 0']],
      ['of a stranger', '', ['Host: evil.example']],
      ['under another name of this machine', '', ['X-Forwarded-For: 9.9.9.9']],
    ] as [string, string, string[]][])('%s', async (_, behind, fields) => {
      const bytes = linkBytes(`/r/${slug}${behind}`, fields);
      const [shorts, longs] = await Promise.all([talk(short, [bytes]), talk(long, [bytes])]);
      expect(longs).toMatch(/^HTTP\/1\.1 \d{3} /);
      const withoutId = (text: string) => comparable(text.replace(/cid=[0-9a-f-]{36}/g, 'cid=ID'));
      expect(withoutId(shorts)).toEqual(withoutId(longs));
    });

    it('is followed on the fast path, also by a browser', async () => {
      const before = await answered(short);
      const fields = ['Cookie: a=b', 'Sec-Fetch-Site: none', 'Connection: keep-alive'];
      const bytes = [linkBytes(`/r/${slug}?sub1=a`), linkBytes(`/r/${slug}`, fields)];
      expect((await talk(short, bytes)).match(/HTTP\/1.1 302/g)).toHaveLength(2);
      expect((await answered(short)) - before).toBe(2);
    });
  });

  it('a click that the server fails to store: 500 with the id of the request, counted by its route', async () => {
    await system.pool.query(`CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql
      AS $$ BEGIN RAISE EXCEPTION 'refused' USING ERRCODE = 'XX000'; END $$`);
    await system.pool.query(
      'CREATE TRIGGER refuse BEFORE INSERT ON batches FOR EACH ROW EXECUTE FUNCTION refuse()',
    );
    const bytes = bytesOf({ fields: ['X-Request-Id: the-one'] });
    const [shorts, longs] = await Promise.all([talk(short, [bytes]), talk(long, [bytes])]);
    await system.pool.query('DROP FUNCTION refuse CASCADE');
    expect(longs).toMatch(/^HTTP\/1\.1 500 .*"code":"internal","message":".*the-one/s);
    expect(comparable(shorts)).toEqual(comparable(longs));
    for (const { registry } of [short, long])
      expect(
        (await registry.getSingleMetric('clickledger_http_internal_errors_total')?.get())?.values,
      ).toMatchObject([{ labels: { route: '/api/v1/clicks' }, value: 1 }]);
  });

  it('a click that names another advertiser than its campaign’s', async () => {
    const bytes = bytesOf({ body: JSON.stringify(aClick({ campaign_id: 'ünal', advertiser_id: 'ünal' })) });
    await talk(long, [bytes]);
    const other = bytesOf({ body: JSON.stringify(aClick({ campaign_id: 'ünal', advertiser_id: 'bolt' })) });
    const [shorts, longs] = await Promise.all([talk(short, [other]), talk(long, [other])]);
    expect(longs).toContain('stored under \\u00fcnal');
    expect(comparable(shorts)).toEqual(comparable(longs));
  });

  it('first, again, with another body, on a connection that stays', async () => {
    const key = `Idempotency-Key: ${randomUUID()}`;
    const body = JSON.stringify(aClick());
    const first = bytesOf({ fields: [key], body });
    const other = bytesOf({ fields: [key], body: `${body} ` });
    const statuses = async (way: Way) => (await talk(way, [first, first, other])).match(/HTTP\/1.1 \d+/g);
    expect(await statuses(short)).toEqual(['HTTP/1.1 202', 'HTTP/1.1 200', 'HTTP/1.1 422']);
    expect(await statuses(long)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 200', 'HTTP/1.1 422']);
  });

  /** Limits of time are short here, and a machine may stall: a reply that is missing, or says so, has to be three times. */
  async function compare(bytes: Buffer): Promise<void> {
    for (let tries = 1; ; tries++) {
      const texts = [untilClosed(shortImpatient, [bytes]), untilClosed(longImpatient, [bytes])];
      const [shorts = [], longs = []] = (await Promise.all(texts)).map(comparable);
      const isStall =
        shorts.length !== longs.length ||
        [...shorts, ...longs].some(({ head }) => head.some((line) => line.startsWith('HTTP/1.1 408')));
      if (isStall && tries < 3 && JSON.stringify(shorts) !== JSON.stringify(longs)) continue;
      return expect(shorts, JSON.stringify(bytes.toString('latin1'))).toEqual(longs);
    }
  }

  it('whatever byte of it is changed, lost or doubled', async () => {
    const body = JSON.stringify(aClick({ user_id: 'u-1' }));
    const plain = bytesOf({
      body,
      fields: ['User-Agent: x', 'X-Forwarded-For: 1.2.3.4', 'Connection: keep-alive'],
    });
    const change = fc.record({
      at: fc.nat(plain.length - 1),
      // What HTTP cares about comes more often than other bytes.
      by: fc.oneof(fc.constantFrom(...Buffer.from('\r\n :;,\0\t0aA{"')), fc.integer({ min: 0, max: 255 })),
      how: fc.constantFrom('set', 'insert', 'remove', 'double'),
    });
    const changed = (bytes: Buffer, { at, by, how }: { at: number; by: number; how: string }) => {
      const before = bytes.subarray(0, at);
      const after = bytes.subarray(at + 1);
      const here = bytes.subarray(at, at + 1);
      if (how === 'set') return Buffer.concat([before, Buffer.from([by]), after]);
      if (how === 'insert') return Buffer.concat([before, Buffer.from([by]), here, after]);
      if (how === 'remove') return Buffer.concat([before, after]);
      return Buffer.concat([before, here, here, after]);
    };
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(change, { minLength: 1, maxLength: 2 }), {
          minLength: MUTANTS_AT_ONCE,
          maxLength: MUTANTS_AT_ONCE,
        }),
        async (mutants) => {
          await Promise.all(mutants.map((changes) => compare(changes.reduce(changed, plain))));
        },
      ),
      { numRuns: Math.ceil(MUTANTS / MUTANTS_AT_ONCE), endOnFailure: true },
    );
  });

  it('in whatever pieces it comes', async () => {
    const length = bytesOf({}).length;
    for (let at = 1; at < length; at += 11) {
      const bytes = bytesOf({});
      const pieces = [bytes.subarray(0, at), bytes.subarray(at)];
      expect(await talk(short, pieces, { replies: 1, isOnePiece: true })).toMatch(/^HTTP\/1.1 202 /);
    }
  });

  it('whose body comes in a segment of its own, on one connection again and again, on the fast path', async () => {
    const before = await answered(short);
    const socket = connect({ port: short.port, host: '127.0.0.1', noDelay: true });
    let text = '';
    socket.on('data', (data) => (text += data));
    for (let sent = 1; sent <= 5; sent++) {
      const bytes = bytesOf({});
      const headLength = bytes.indexOf('\r\n\r\n') + 4;
      await new Promise((resolve) =>
        socket.write(bytes.subarray(0, headLength), () => setTimeout(resolve, 20)),
      );
      socket.write(bytes.subarray(headLength));
      await until(
        async () => repliesIn(text),
        (replies) => replies.length === sent,
      );
    }
    socket.destroy();
    expect(text.match(/HTTP\/1.1 \d+/g)).toEqual(Array(5).fill('HTTP/1.1 202'));
    expect(await answered(short)).toBe(before + 5);
  });

  it('whose body comes late, or never, or is cut off', async () => {
    const bytes = bytesOf({});
    const [head, rest] = [bytes.subarray(0, -9), bytes.subarray(-9)];
    const later = async (way: Way, end: (socket: Socket) => void, afterMs: number) => {
      const socket = connect({ port: way.port, host: '127.0.0.1', noDelay: true, allowHalfOpen: true });
      let text = '';
      socket.setEncoding('latin1').on('data', (data) => (text += data));
      socket.on('error', () => undefined); // cut
      socket.write(head);
      const timer = setTimeout(() => end(socket), afterMs);
      await until(
        async () => socket.destroyed || socket.readableEnded || repliesIn(text).length > 0,
        (isOver) => isOver,
      );
      clearTimeout(timer);
      socket.destroy();
      return comparable(text);
    };
    const late = (socket: Socket) => socket.write(rest);
    const cutOff = (socket: Socket) => socket.end();
    const never = () => undefined;
    expect(await later(short, late, 1_500)).toMatchObject([{ body: expect.stringContaining('FLAG') }]);
    const cut = await later(short, cutOff, 50);
    expect(cut).toMatchObject([{ body: expect.stringContaining('Not a valid HTTP request') }]);
    expect(cut).toEqual(await later(long, cutOff, 50));
    const none = await later(shortImpatient, never, 0);
    expect(none).toMatchObject([{ body: expect.stringContaining('request_timeout') }]);
    expect(none).toEqual(await later(longImpatient, never, 0));
  });

  it('many in one piece, in their order', async () => {
    const ids = Array.from({ length: 60 }, () => randomUUID());
    const requests = ids.map((id) => bytesOf({ body: JSON.stringify(aClick({ click_id: id })) }));
    const piece = Buffer.concat(requests);
    for (const way of [short, long]) {
      const text = await talk(way, [piece], { replies: ids.length });
      expect([...text.matchAll(/"click_id":"([^"]+)"/g)].map(([, id]) => id)).toEqual(ids);
    }
  });

  it('and one that comes while another is in flight', async () => {
    const release = await holdCommits();
    const socket = connect({ port: short.port, host: '127.0.0.1', noDelay: true });
    let text = '';
    socket.on('data', (data) => (text += data));
    socket.write(bytesOf({}));
    await commitsWait();
    // In two pieces: what came waits, and nothing more is read.
    const next = bytesOf({});
    await new Promise((resolve) => socket.write(next.subarray(0, 50), resolve));
    socket.write(next.subarray(50));
    await release();
    await until(
      async () => repliesIn(text),
      (replies) => replies.length === 2,
    );
    expect(text.match(/HTTP\/1.1 \d+/g)).toEqual(['HTTP/1.1 202', 'HTTP/1.1 202']);
    socket.destroy();
  });

  it.each([
    ['', ['X-Forwarded-For: 10.9.8.7, 203.0.113.9', 'DNT: 1']],
    [', its address with a port', ['X-Forwarded-For: 203.0.113.7:51234']],
    [', its address in brackets', ['X-Forwarded-For: [2001:db8::5]:443, 127.0.0.1:80']],
    [', its address in a Forwarded', ['Forwarded: for=198.51.100.1, for="[2001:db8::5]:443"']],
  ])('and stored alike%s', async (_, addressFields) => {
    const fields = ['User-Agent: caf\xe9/1.0', ...addressFields];
    const rowOf = async (way: Way) => {
      const id = randomUUID();
      const click = {
        ad_id: 'ä',
        campaign_id: 'c',
        advertiser_id: 'v',
        user_id: 'u',
        click_id: id,
        referrer: 'https://e.com/ü',
        country: 'UK',
        device_type: 'phone',
        os: 'x'.repeat(100),
      };
      await talk(way, [bytesOf({ body: JSON.stringify(click), fields })]);
      const { rows } = await system.pool.query(
        `SELECT to_jsonb(click_events) - 'click_id' - 'batch_id' - 'clicked_at' - 'received_at' - 'is_fraudulent'
           - 'fraud_reason' - 'fraud_reasons' - 'fraud_evidence' AS row
         FROM click_events WHERE click_id = $1`,
        [id],
      );
      return rows[0].row as Record<string, unknown>;
    };
    const row = await rowOf(short);
    expect(row).toMatchObject({
      user_id: 'u',
      user_agent: 'caf\xe9/1.0',
      ip_hash: expect.any(String),
      country: 'GB',
      device_type: 'mobile',
    });
    expect(row).toEqual(await rowOf(long));
  });
});

describe('who takes the short way', () => {
  const url = () => `http://127.0.0.1:${short.port}/api/v1/clicks`;
  const clients: Record<string, () => Promise<unknown>> = {
    fetch: () =>
      fetch(url(), {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'idempotency-key': randomUUID() },
        body: JSON.stringify(aClick()),
      }).then((response) => response.json()),
    'node:http with an agent that keeps connections': () =>
      new Promise((resolve, reject) => {
        const agent = new Agent({ keepAlive: true });
        const sent = httpRequest(
          url(),
          { method: 'POST', agent, headers: { 'content-type': 'application/json' } },
          (response) => {
            response.resume();
            response.once('end', () => resolve(agent.destroy()));
          },
        );
        sent.once('error', reject);
        sent.end(JSON.stringify(aClick()));
      }),
    curl: () =>
      promisify(execFile)('curl', [
        ...['-sS', '-H', 'content-type: application/json', '-d', JSON.stringify(aClick()), url()],
      ]),
  };
  it.each(Object.entries(clients))('%s does', async (_, send) => {
    const before = await answered(short);
    await send();
    expect(await answered(short)).toBe(before + 1);
  });
});

describe('a connection', () => {
  it('that is silent from the start is closed', async () => {
    expect(await untilClosed(shortImpatient, [])).toBe('');
  });

  it('that is silent after its reply is closed', async () => {
    const before = await answered(shortImpatient);
    expect(await untilClosed(shortImpatient, [bytesOf({})])).toMatch(/^HTTP\/1.1 202 /);
    expect(await answered(shortImpatient)).toBe(before + 1);
  });

  it('that leaves before its reply takes nothing with it', async () => {
    const id = randomUUID();
    const socket = connect(short.port, '127.0.0.1');
    socket.on('error', () => undefined);
    const bytes = bytesOf({ body: JSON.stringify(aClick({ click_id: id })) });
    socket.write(bytes, () => socket.destroy());
    await until(
      () => system.pool.query('SELECT FROM click_events WHERE click_id = $1', [id]),
      ({ rowCount }) => rowCount === 1,
    );
    expect(await talk(short, [bytesOf({})])).toMatch(/^HTTP\/1.1 202 /);
  });

  it('that was reset before its bytes were read ends alone', async () => {
    const sockets = Array.from({ length: 50 }, () => connect(short.port, '127.0.0.1'));
    await Promise.all(sockets.map((socket) => new Promise((resolve) => socket.once('connect', resolve))));
    for (const socket of sockets) {
      socket.on('error', () => undefined);
      // In one turn of the event loop, which is the server's as well: it reads what has no sender any more.
      socket.write(bytesOf({ fields: ['X-Forwarded-For: 1.2.3.4'] }));
      socket.resetAndDestroy();
    }
    expect(await talk(short, [bytesOf({})])).toMatch(/^HTTP\/1.1 202 /);
  });

  it('whose client has said all it will say still gets its reply', async () => {
    const socket = connect(short.port, '127.0.0.1');
    socket.end(bytesOf({}));
    let text = '';
    for await (const data of socket) text += data;
    expect(text).toMatch(/^HTTP\/1.1 202 /);
  });

  it('that waits for nothing does not hold up a stop, and one whose click is in flight gets its reply', async () => {
    const way = await open(true);
    const silent = untilClosed(way, []);
    const waiting = untilClosed(way, [bytesOf({})]);
    await until(
      () => answered(way),
      (count) => count === 1,
    );
    const release = await holdCommits();
    const atHand = untilClosed(way, [bytesOf({})]);
    await commitsWait();
    const closed = way.app.close();
    expect(await silent).toBe('');
    expect(await waiting).toMatch(/^HTTP\/1.1 202 .*keep-alive/s);
    await release();
    expect(await atHand).toMatch(/^HTTP\/1.1 202 .*Connection: close/s);
    await closed;
  });
});

// Last: from the first key on, the system is closed to whoever has none.
describe('with keys', () => {
  let admin: string;
  const makeKey = async (input: object): Promise<string> => {
    const headers = admin ? { authorization: `Bearer ${admin}` } : {};
    const made = await short.app.inject({ method: 'POST', url: '/api/v1/keys', headers, payload: input });
    expect(made.statusCode, made.body).toBe(201);
    return made.json<MadeApiKey>().key;
  };
  beforeAll(async () => {
    admin = await makeKey({ name: 'admin', scopes: ['admin'] });
  });
  const bring = (way: Way, ...fields: string[]) => talk(way, [bytesOf({ fields })]);

  it('one that may bring clicks takes the short way, in either field', async () => {
    const key = await makeKey({ name: 'site', scopes: ['ingest'] });
    const before = await answered(short);
    for (const field of [`Authorization: Bearer ${key}`, `X-API-Key: ${key}`])
      expect(await bring(short, field)).toMatch(/^HTTP\/1.1 202 /);
    expect(await answered(short)).toBe(before + 2);
  });

  it('whoever may not is told so, alike with the fast path and without it', async () => {
    const reader = await makeKey({ name: 'reader', scopes: ['read'] });
    const wrong: [number, string[]][] = [
      [401, []],
      [401, ['Authorization: Bearer clk_ingest_nobody']],
      [401, ['Authorization: Basic dTpw']],
      [403, [`Authorization: Bearer ${reader}`]],
      [403, [`X-API-Key: ${admin}`]],
    ];
    const before = (await system.services.stats()).ledger.clicks;
    for (const [status, fields] of wrong) {
      const [shorts, longs] = [await bring(short, ...fields), await bring(long, ...fields)];
      expect(shorts).toContain(`HTTP/1.1 ${status} `);
      expect(comparable(shorts)).toEqual(comparable(longs));
    }
    expect((await system.services.stats()).ledger.clicks).toBe(before);
  });

  it('a rate is kept across both ways, each request counted once', async () => {
    const figures = async (bodies: string[]) => {
      const key = await makeKey({ name: 'limited', scopes: ['ingest'], requests_per_second: 3 });
      const fields = [`Authorization: Bearer ${key}`];
      const text = await talk(
        short,
        bodies.map((body) => bytesOf({ fields, body })),
      );
      return [...text.matchAll(/HTTP\/1.1 (\d+)|ratelimit: "key";r=(\d+)/gi)].map(([, ...of]) => of.join(''));
    };
    const click = () => JSON.stringify(aClick());
    expect(await figures([click(), click(), click(), click()])).toEqual([
      '202',
      '2',
      '202',
      '1',
      '202',
      '0',
      '429',
      '0',
    ]);
    expect(await figures([click(), '{}', click()])).toEqual(['202', '2', '400', '1', '202', '0']);
  });
});
