import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { ClickReply } from '@clickledger/contract';
import type { LightMyRequestResponse } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { QUEUE_CLICKS_MAX } from '../ingest/admission.js';
import type { Refused, Submission } from '../ingest/submission.js';
import { LOCKS } from '../lib/locks.js';
import { aClick, startTestSystem, type TestSystem } from '../testing/system.js';
import { until } from '../testing/wait.js';

const CLICKS = '/api/v1/clicks';
let system: TestSystem;
let port: number;
beforeAll(async () => {
  system = await startTestSystem();
  await system.app.listen({ host: '127.0.0.1', port: 0 });
  port = (system.app.server.address() as { port: number }).port;
});
afterAll(() => system?.close());

/** Runs `work` while a commit is in flight and can't end; then lets it go on. */
async function whileOneCommits<T>(
  work: () => T,
): Promise<{ blocked: LightMyRequestResponse; given: Awaited<T> }> {
  const client = await system.pool.connect();
  let blocked: Promise<LightMyRequestResponse>;
  let given: Awaited<T>;
  try {
    await client.query('SELECT pg_advisory_lock($1)', [LOCKS.appends]);
    blocked = system.post(CLICKS, aClick());
    await until(
      () => system.pool.query(`SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted`),
      ({ rowCount }) => rowCount === 1,
    );
    given = await work();
  } finally {
    await client.query('SELECT pg_advisory_unlock($1)', [LOCKS.appends]);
    client.release();
  }
  return { blocked: await blocked, given };
}

/** A request none of whose clicks is valid. */
const EMPTY: Submission = { tenantId: 1, idempotency: null, clicks: [] };

/** Says something on a connection of its own, and resolves with all that is answered. */
const talk = (text: string) =>
  new Promise<string>((resolve, reject) => {
    let said = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(text, 'latin1'));
    socket.on('data', (data) => {
      said += data;
    });
    socket.on('close', () => resolve(said));
    socket.on('error', reject);
  });

/** The first that the server says on a connection. */
const heard = (socket: Socket) =>
  new Promise<string>((resolve, reject) => {
    socket.once('data', (data) => resolve(String(data)));
    socket.once('error', reject);
  });

const ingest = () => {
  const role = system.services.ingest;
  if (!role) throw new Error('no ingest role');
  return role.ingest;
};

describe('an Idempotency-Key under load', () => {
  it('gives a true repeat its reply, also behind one with another body in the same batch', async () => {
    const headers = { 'idempotency-key': randomUUID() };
    const body = aClick({ ad_id: 'the first' });
    const first = await system.post(CLICKS, body, headers);
    const { given } = await whileOneCommits(async () => {
      const responses = [aClick({ ad_id: 'another' }), body, body].map((one) =>
        system.post(CLICKS, one, headers),
      );
      await until(
        () => ingest().queuedClicks,
        (clicks) => clicks === 3,
      );
      return { responses };
    });
    const [other, ...repeats] = await Promise.all(given.responses);
    expect(other?.statusCode).toBe(422);
    expect(repeats.map(({ statusCode }) => statusCode)).toEqual([200, 200]);
    expect(repeats.map((repeat) => repeat.body)).toEqual([first.body, first.body]);
  });
});

describe('the queue is full', () => {
  it.each([CLICKS, `${CLICKS}/batch`, '/api/v1/admin/import'])(
    '%s is refused before its body is read, and after it came in before it is parsed',
    async (route) => {
      const ask = (body: string, length = body.length) =>
        `POST ${route} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\n\r\n${body}`;
      const { given } = await whileOneCommits(async () => {
        // Its head comes before the queue is full, its end after.
        const half = connect(port, '127.0.0.1');
        const saidToHalf = heard(half);
        const begun = once(system.app.server, 'request');
        half.write(ask('{"no', 12));
        await begun;
        const filling = Array.from({ length: QUEUE_CLICKS_MAX }, () =>
          system.services.ingest?.ingest.submit(EMPTY),
        );
        half.write(' JSON at');
        const unread = connect(port, '127.0.0.1');
        const saidToUnread = heard(unread);
        unread.write(ask('', 1_000));
        const said = [await saidToHalf, await saidToUnread];
        half.destroy();
        unread.destroy();
        return { said, filling };
      });
      await Promise.all(given.filling);
      for (const text of given.said) {
        expect(text).toMatch(/^HTTP\/1.1 503 [\s\S]*retry-after: 1/i);
        expect(text).toContain('"code":"queue_full"');
      }
    },
  );
});

it('requests without one valid click fill the queue too', async () => {
  const submit = () =>
    ingest()
      .submit(EMPTY)
      .then(
        () => 'answered',
        (error: unknown) => (error as Refused).reason,
      );
  const { given } = await whileOneCommits(() => ({
    answers: Array.from({ length: QUEUE_CLICKS_MAX + 5 }, submit),
  }));
  const said = await Promise.all(given.answers);
  expect(said.filter((one) => one === 'queue_full')).toHaveLength(5);
});

it('readers that hold every connection do not hold up a click', async () => {
  const readers = await Promise.all(
    Array.from({ length: system.pool.options.max ?? 0 }, () => system.pool.connect()),
  );
  try {
    expect(readers.length).toBeGreaterThan(1);
    expect((await system.post(CLICKS, aClick())).statusCode).toBe(202);
  } finally {
    for (const reader of readers) reader.release();
  }
});

describe('an Idempotency-Key', () => {
  it('stands for one route: the same bytes sent to another are another request', async () => {
    const body = { ...aClick(), clicks: [aClick()] };
    const headers = { 'idempotency-key': randomUUID() };
    expect((await system.post(CLICKS, body, headers)).statusCode).toBe(202);
    const other = await system.post(`${CLICKS}/batch`, body, headers);
    expect(other.statusCode).toBe(422);
    expect(other.json().error.code).toBe('key_reused');
  });

  it('sent twice in one request is refused; a key may hold a comma', async () => {
    const body = JSON.stringify(aClick());
    const ask = (keys: string[]) =>
      talk(
        `POST ${CLICKS} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\n` +
          `${keys.map((key) => `Idempotency-Key: ${key}\r\n`).join('')}Content-Length: ${body.length}\r\n\r\n${body}`,
      );
    expect(await ask(['one, two'])).toMatch(/^HTTP\/1.1 202 /);
    const twice = await ask(['one', 'two']);
    expect(twice).toMatch(/^HTTP\/1.1 400 /);
    expect(twice).toContain('{"Idempotency-Key":["Must be sent once"]}');
  });
});

describe('what PostgreSQL can not hold is named, not tried', () => {
  const NUL = encodeURIComponent('a\0b');
  it.each([
    ['GET', `/api/v1/campaigns/${NUL}`, undefined, 'campaign_id'],
    ['GET', `/api/v1/ads/${NUL}/changes`, undefined, 'ad_id'],
    ['PUT', `/api/v1/advertisers/${NUL}`, {}, 'advertiser_id'],
    ['PUT', '/api/v1/campaigns/x', { advertiser_id: 'a\0b' }, 'advertiser_id'],
    ['GET', `/api/v1/campaigns?advertiser_id=${NUL}`, undefined, 'advertiser_id'],
    ['GET', `/api/v1/ads?after=${NUL}`, undefined, 'after'],
    ['GET', '/api/v1/campaigns?advertiser_id=caf%E9', undefined, 'advertiser_id'],
    ['PUT', '/api/v1/campaigns/x', { advertiser_id: '..' }, 'advertiser_id'],
    ['POST', CLICKS, aClick({ campaign_id: '..' }), 'campaign_id'],
    ['POST', CLICKS, aClick({ user_id: 'half \ud83d' }), 'user_id'],
  ] as const)('%s %s', async (method, url, payload, field) => {
    const response = await system.app.inject({ method, url, ...(payload && { payload }) });
    expect(response.statusCode).toBe(400);
    expect(Object.keys(response.json().error.fieldErrors)).toEqual([field]);
  });

  it.each([CLICKS, `${CLICKS}/batch`])('%s: a body that is not UTF-8', async (url) => {
    const text = JSON.stringify({ ...aClick({ user_id: '?' }), clicks: [aClick()] });
    const payload = Buffer.from(text);
    payload[text.indexOf('?')] = 0xff;
    const response = await system.app.inject({
      method: 'POST',
      url,
      payload,
      headers: { 'content-type': 'application/json' },
    });
    expect(response.statusCode).toBe(400);
    expect(response.json().error.formErrors).toEqual(['The body is not UTF-8.']);
  });

  it.each([
    ['PUT', '/api/v1/fraud/closed-until', 'closed_until'],
    ['POST', '/api/v1/fraud/lists', 'expires_at'],
    ['GET', '/api/v1/analytics/aggregate?granularity=total&end_time=2026-01-01T00:00:00Z', 'start_time'],
    ['GET', '/api/v1/fraud/summary?granularity=day&end_time=2026-01-01T00:00:00Z', 'start_time'],
  ] as const)('%s %s: the year 0', async (method, path, field) => {
    const time = '0000-01-01T00:00:00Z';
    const response = await system.app.inject(
      method === 'GET'
        ? { method, url: `${path}&${field}=${time}` }
        : { method, url: path, payload: { [field]: time } },
    );
    expect(response.statusCode).toBe(400);
    expect(response.json().error.fieldErrors[field]).toEqual(['Must lie in the years 1970 to 2199']);
  });

  it('an id that is a step of a path is not made', async () => {
    const body = '{"advertiser_id":"a"}';
    const said = await talk(
      `PUT /api/v1/campaigns/.. HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    );
    expect(said).toMatch(/^HTTP\/1.1 400 /);
    expect(said).toContain('{"campaign_id":["Must not be \\".\\" or \\"..\\""]}');
  });

  it('whole surrogate pairs are kept', async () => {
    const response = await system.post(CLICKS, aClick({ user_id: '😀'.repeat(64) }));
    expect(response.statusCode).toBe(202);
    const { rows } = await system.pool.query('SELECT user_id FROM click_events WHERE click_id = $1', [
      response.json<ClickReply>().click_id,
    ]);
    expect(rows).toEqual([{ user_id: '😀'.repeat(64) }]);
  });
});

describe('what is no request of HTTP has an error of our shape', () => {
  const head = 'Host: localhost\r\nConnection: close\r\n';
  it.each([
    ['a bad escape', `GET /%zz HTTP/1.1\r\n${head}\r\n`, 400, null],
    ['a bad escape of a route', `GET /api/v1/campaigns/%ff HTTP/1.1\r\n${head}\r\n`, 400, null],
    ['a byte of a path that is no text', `GET /api/v1/campaigns/caf\xe9 HTTP/1.1\r\n${head}\r\n`, 400, null],
    ['a long id', `GET /api/v1/campaigns/${'x'.repeat(300)} HTTP/1.1\r\n${head}\r\n`, 404, 'not_found'],
    ['no HTTP', 'nonsense\r\n\r\n', 400, null],
    ['large headers', `GET / HTTP/1.1\r\n${head}X: ${'x'.repeat(20_000)}\r\n\r\n`, 431, 'headers_too_large'],
    [
      'a body that is not as long as said',
      `POST ${CLICKS} HTTP/1.1\r\n${head}Content-Type: application/json\r\nContent-Length: 12\r\n\r\n{"ad_id":"\xff"`,
      400,
      null,
    ],
    ['no Host', `GET / HTTP/1.1\r\nConnection: close\r\n\r\n`, 400, null],
    ['an expectation', `GET / HTTP/1.1\r\n${head}Expect: wonders\r\n\r\n`, 417, 'expectation_failed'],
    ['a tunnel', `CONNECT x:1 HTTP/1.1\r\n${head}\r\n`, 405, 'method_not_allowed'],
    ['an unknown method', `DANCE / HTTP/1.1\r\n${head}\r\n`, 400, null],
    ['a rare method', `PROPFIND /health HTTP/1.1\r\n${head}\r\n`, 404, 'not_found'],
    ['HTTP/2', `PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n`, 400, null],
    ['another version', `GET / HTTP/3.7\r\n${head}\r\n`, 400, null],
    [
      'two lengths',
      `POST ${CLICKS} HTTP/1.1\r\n${head}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}`,
      400,
      null,
    ],
    [
      'large chunk extensions',
      `POST ${CLICKS} HTTP/1.1\r\n${head}Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n2;x=${'x'.repeat(20_000)}\r\n{}\r\n0\r\n\r\n`,
      413,
      'body_too_large',
    ],
    [
      'a broken chunk',
      `POST ${CLICKS} HTTP/1.1\r\n${head}Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n`,
      400,
      null,
    ],
    [
      'an upgrade',
      `GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade, close\r\nUpgrade: websocket\r\n\r\n`,
      200,
      'none',
    ],
  ] as const)('%s', async (_name, text, status, code) => {
    const said = await talk(text);
    expect(said).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    const { error } = JSON.parse(said.slice(said.indexOf('\r\n\r\n')));
    if (code === 'none') expect(error).toBeUndefined();
    else if (code) expect(error).toEqual({ code, message: expect.any(String) });
    else expect(error).toEqual({ formErrors: [expect.any(String)], fieldErrors: {} });
  });
});
