import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { type ApiKeysReply, LIMITS, type MadeApiKey } from '@clickledger/contract';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { aBackground } from '../testing/background.js';
import { aClick, startTestSystem, type TestSystem } from '../testing/system.js';
import { until } from '../testing/wait.js';
import { AccessInForce } from './access-in-force.js';

// One system, without analytics. The tests follow one another: the first closes the open server.
let system: TestSystem;
let admin: MadeApiKey;
let nowMs: number | null = null;
const now = () => nowMs ?? Date.now();

beforeAll(async () => {
  system = await startTestSystem({ ROLES: 'ingest' }, { now });
});
afterAll(() => system.close());

const bearer = (key: string) => ({ authorization: `Bearer ${key}` });
const send = (method: 'GET' | 'POST' | 'DELETE' | 'OPTIONS', url: string, headers = {}, payload?: object) =>
  system.app.inject({ method, url, headers, ...(payload ? { payload } : {}) });
async function makeKey(input: object): Promise<MadeApiKey> {
  const response = await send('POST', '/api/v1/keys', bearer(admin.key), input);
  expect(response.statusCode, response.body).toBe(201);
  return response.json();
}
const bring = (key: string, headers = {}) =>
  send('POST', '/api/v1/clicks', { ...bearer(key), ...headers }, aClick());

test('the open server answers to this machine alone, and no page of another site changes anything', async () => {
  expect((await send('GET', '/api/v1/campaigns')).statusCode).toBe(200);
  // A name of another site that points to this machine.
  const rebound = await send('GET', '/api/v1/campaigns', { host: 'attacker.example:3000' });
  expect(rebound.json()).toMatchObject({ error: { code: 'protected_mode' } });
  expect(rebound.statusCode).toBe(403);
  for (const headers of [
    { origin: 'https://attacker.example' },
    { 'sec-fetch-site': 'cross-site' },
    { origin: 'null' },
  ]) {
    const response = await send('POST', '/api/v1/admin/rebuild', headers);
    expect(response.statusCode).toBe(403);
    expect(response.json()).toMatchObject({ error: { code: 'cross_site' } });
  }
  expect((await send('GET', '/api/v1/campaigns', { host: '[::1]:80' })).statusCode).toBe(200);
});

test('the open server answers nobody whom a proxy on this machine sends, whatever host the proxy names', async () => {
  const proxied = [
    { 'x-forwarded-for': '127.0.0.1' },
    { 'X-Forwarded-Proto': 'https' },
    { 'x-forwarded-host': 'clicks.example' },
    { forwarded: 'for=192.0.2.1' },
    { via: '1.1 nginx' },
    { 'x-real-ip': '127.0.0.1' },
  ];
  for (const headers of proxied) {
    for (const [method, url] of [
      ['GET', '/api/v1/campaigns'],
      ['GET', '/api/v1/live'],
      ['GET', '/api/v1/auth/me'],
      ['GET', '/health'],
      ['POST', '/api/v1/keys'],
      // It would make the first owner.
      ['POST', '/api/v1/auth/setup'],
    ] as const) {
      const payload = {
        email: 'x@example.org',
        password: 'long enough for it',
        name: 'x',
        scopes: ['admin'],
      };
      const response = await send(method, url, headers, method === 'POST' ? payload : undefined);
      expect(response.statusCode, `${url} ${JSON.stringify(headers)}`).toBe(403);
      expect(response.json()).toMatchObject({ error: { code: 'protected_mode' } });
    }
    // Clicks are taken: made-up addresses are told so, and this is what a key that stands in a page may do.
    expect((await send('POST', '/api/v1/clicks', headers, aClick())).statusCode).toBe(202);
  }
  const elsewhere = { remoteAddress: '192.0.2.7', headers: { host: 'localhost' } };
  for (const url of ['/api/v1/campaigns', '/health'])
    expect((await system.app.inject({ ...elsewhere, url })).statusCode, url).toBe(403);
  const click = { ...elsewhere, method: 'POST' as const, url: '/api/v1/clicks', payload: aClick() };
  expect((await system.app.inject(click)).statusCode).toBe(403);
  for (const remoteAddress of ['127.0.0.1', '127.9.9.9', '::1', '::ffff:127.0.0.1'])
    expect((await system.app.inject({ remoteAddress, url: '/api/v1/campaigns' })).statusCode).toBe(200);
});

test('the open server takes HTTP/1.0 for a proxy: nginx speaks it unless told otherwise, and sends no header that says who asks', async () => {
  const { port } = new URL(await system.app.listen({ host: '127.0.0.1', port: 0 }));
  const statusOf = async (version: string, head: string) => {
    const socket = connect(Number(port), '127.0.0.1');
    socket.write(`GET ${head} HTTP/${version}\r\nHost: 127.0.0.1:${port}\r\nConnection: close\r\n\r\n`);
    return (await text(socket)).split(' ')[1];
  };
  expect(await statusOf('1.0', '/api/v1/campaigns')).toBe('403');
  expect(await statusOf('1.1', '/api/v1/campaigns')).toBe('200');
});

test('a change that finds nobody leaves the open server open', async () => {
  const nobodys = [
    ['DELETE', '/api/v1/keys/424242'],
    ['POST', '/api/v1/keys/424242/rotate'],
    ['PATCH', '/api/v1/members/424242'],
    ['DELETE', '/api/v1/members/424242'],
    ['DELETE', '/api/v1/members/invitations/424242'],
  ] as const;
  for (const [method, url] of nobodys) {
    const payload = method === 'PATCH' ? { role: 'analyst' } : undefined;
    const response = await system.app.inject({ method, url, ...(payload ? { payload } : {}) });
    expect(response.statusCode, `${method} ${url} ${response.body}`).toBe(404);
  }
  const { rows } = await system.pool.query('SELECT configured_at FROM access_state');
  expect(rows).toEqual([{ configured_at: null }]);
});

test('the first key closes the server; a key is told once and stored as a hash', async () => {
  const made = await send('POST', '/api/v1/keys', {}, { name: 'first', scopes: ['read', 'admin'] });
  expect(made.statusCode).toBe(201);
  admin = made.json();
  expect(admin.key).toMatch(/^clk_admin_[0-9A-Za-z]{43}$/);
  const anonymous = await send('GET', '/api/v1/campaigns');
  expect(anonymous.statusCode).toBe(401);
  expect(anonymous.headers['www-authenticate']).toContain('Bearer');
  expect((await system.post('/api/v1/clicks', aClick())).statusCode).toBe(401);
  expect((await send('GET', '/health')).statusCode).toBe(200);
  expect((await send('GET', '/api/v1/campaigns', { 'x-api-key': admin.key })).statusCode).toBe(200);

  const listed = (await send('GET', '/api/v1/keys', bearer(admin.key))).json() as ApiKeysReply;
  expect(JSON.stringify(listed)).not.toContain(admin.key);
  expect(listed.data[0]).toMatchObject({
    name: 'first',
    hint: admin.key.slice(0, 14),
    created_by: 'protected mode',
  });
  const { rows } = await system.pool.query('SELECT row_to_json(k)::text AS row FROM api_keys k');
  expect(rows[0].row).not.toContain(admin.key.slice(14));
});

test('a key does what its scopes say and nothing else', async () => {
  const ingest = await makeKey({ name: 'shop', scopes: ['ingest'] });
  const read = await makeKey({ name: 'report', scopes: ['read'] });
  expect((await bring(ingest.key)).statusCode).toBe(202);
  for (const url of [
    '/api/v1/campaigns',
    '/api/v1/keys',
    '/api/v1/fraud/rules',
    '/metrics',
    '/api/v1/admin/stats',
  ])
    expect((await send('GET', url, bearer(ingest.key))).statusCode, url).toBe(403);
  expect((await bring(read.key)).statusCode).toBe(403);
  expect((await send('GET', '/api/v1/fraud/rules', bearer(read.key))).statusCode).toBe(200);
  expect((await send('GET', '/api/v1/keys', bearer(read.key))).statusCode).toBe(403);
  expect(
    (await send('POST', '/api/v1/keys', bearer(read.key), { name: 'x', scopes: ['admin'] })).statusCode,
  ).toBe(403);
  expect((await bring(admin.key)).statusCode).toBe(403);
});

test('what is no key is refused, whatever it looks like', async () => {
  const wrong = [
    'Bearer x',
    'Bearer ',
    'Basic abc',
    `Bearer ${admin.key.slice(0, -1)}`,
    `Bearer ${admin.key}x`,
    `Bearer ${admin.hint}`,
    `Bearer clk_admin_${'0'.repeat(43)}`,
    `Bearer clk_local_${'0'.repeat(32)}`,
    `Bearer ${'a'.repeat(8_000)}`,
    "Bearer ' OR 1=1--",
  ];
  for (const authorization of wrong)
    expect(
      (await send('GET', '/api/v1/campaigns', { authorization })).statusCode,
      authorization.slice(0, 60),
    ).toBe(401);
});

test('wrong input is named by its field', async () => {
  const response = await send('POST', '/api/v1/keys', bearer(admin.key), {
    name: ' ',
    scopes: ['root'],
    origins: ['https://shop.example/path'],
    requests_per_second: 0,
    expires_at: 'soon',
  });
  expect(response.statusCode).toBe(400);
  expect(Object.keys(response.json().error.fieldErrors).sort()).toEqual([
    'expires_at',
    'name',
    'origins',
    'requests_per_second',
    'scopes',
  ]);
  const past = await send('POST', '/api/v1/keys', bearer(admin.key), {
    name: 'old',
    scopes: ['read'],
    expires_at: '2020-01-01T00:00:00Z',
  });
  expect(past.json()).toMatchObject({ error: { fieldErrors: { expires_at: ['Must be in the future'] } } });
});

test('a revoked key is refused at once here, and within 5 s on every other node', async () => {
  const other = new AccessInForce({ pool: system.pool, background: aBackground(), now: Date.now });
  await other.start();
  try {
    const key = await makeKey({ name: 'leaked', scopes: ['ingest'] });
    expect((await bring(key.key)).statusCode).toBe(202);
    await until(
      () => other.findKey(key.key) !== null,
      (isKnown) => isKnown,
      5_000,
    );
    expect((await send('DELETE', `/api/v1/keys/${key.key_id}`, bearer(admin.key))).statusCode).toBe(204);
    expect((await bring(key.key)).statusCode).toBe(401);
    await until(
      () => other.findKey(key.key) === null,
      (isGone) => isGone,
      5_000,
    );
    expect((await send('DELETE', `/api/v1/keys/${key.key_id}`, bearer(admin.key))).statusCode).toBe(404);
  } finally {
    await other.stop();
  }
});

test('a rotated key goes on for the overlap, then only the new one does', async () => {
  const old = await makeKey({ name: 'rotating', scopes: ['ingest'], origins: ['https://shop.example'] });
  const rotated = await send('POST', `/api/v1/keys/${old.key_id}/rotate`, bearer(admin.key), {
    overlap_seconds: 3_600,
  });
  expect(rotated.statusCode).toBe(201);
  const fresh = rotated.json() as MadeApiKey;
  expect(fresh).toMatchObject({ name: 'rotating', scopes: ['ingest'], origins: ['https://shop.example'] });
  expect([(await bring(old.key)).statusCode, (await bring(fresh.key)).statusCode]).toEqual([202, 202]);
  nowMs = Date.now() + 3_700_000;
  try {
    expect([(await bring(old.key)).statusCode, (await bring(fresh.key)).statusCode]).toEqual([401, 202]);
  } finally {
    nowMs = null;
  }
  expect((await send('POST', `/api/v1/keys/${old.key_id}/rotate`, bearer(admin.key), {})).statusCode).toBe(
    404,
  );
});

test('a key has its own rate, told in the standard headers', async () => {
  const limited = await makeKey({ name: 'limited', scopes: ['ingest'], requests_per_second: 3 });
  nowMs = Date.now();
  try {
    const statuses = [];
    for (let i = 0; i < 4; i++) statuses.push(await bring(limited.key));
    expect(statuses.map(({ statusCode }) => statusCode)).toEqual([202, 202, 202, 429]);
    expect(statuses[0]?.headers).toMatchObject({
      'ratelimit-policy': '"key";q=3;w=1',
      ratelimit: '"key";r=2;t=1',
    });
    expect(statuses[3]?.headers).toMatchObject({ ratelimit: '"key";r=0;t=1', 'retry-after': '1' });
    // Another key is not slowed by it, and a change of keys does not fill it up.
    await makeKey({ name: 'another', scopes: ['read'] });
    expect((await bring(limited.key)).statusCode).toBe(429);
    nowMs += 1_000;
    expect((await bring(limited.key)).statusCode).toBe(202);
  } finally {
    nowMs = null;
  }
});

test('a page of another site may bring clicks with a key that names its origin, and do nothing else', async () => {
  const origin = 'https://news.example';
  const key = await makeKey({ name: 'page', scopes: ['ingest'], origins: [origin] });
  const asked = await send('OPTIONS', '/api/v1/clicks', { origin, 'access-control-request-method': 'POST' });
  expect(asked.statusCode).toBe(204);
  expect(asked.headers).toMatchObject({
    'access-control-allow-origin': origin,
    'access-control-allow-methods': 'POST',
  });
  const brought = await bring(key.key, { origin });
  expect(brought.statusCode).toBe(202);
  expect(brought.headers['access-control-allow-origin']).toBe(origin);
  for (const response of [asked, brought])
    expect(response.headers['access-control-allow-credentials']).toBeUndefined();

  const elsewhere = { origin: 'https://attacker.example' };
  expect((await send('OPTIONS', '/api/v1/clicks', elsewhere)).statusCode).toBe(403);
  const refused = await bring(key.key, elsewhere);
  expect(refused.statusCode).toBe(403);
  expect(refused.headers['access-control-allow-origin']).toBeUndefined();
  // A key that reads is refused from a page whatever it names, and no other route is asked for at all.
  const reader = await makeKey({ name: 'reader', scopes: ['read'], origins: [origin] });
  expect((await send('GET', '/api/v1/campaigns', { ...bearer(reader.key), origin })).statusCode).toBe(403);
  expect(
    (await send('OPTIONS', '/api/v1/campaigns', { origin })).headers['access-control-allow-origin'],
  ).toBeUndefined();
});

test('when a key was used last is noted', async () => {
  const key = await makeKey({ name: 'used', scopes: ['read'] });
  await send('GET', '/api/v1/campaigns', bearer(key.key));
  const lastUse = async () => {
    const { data } = (await send('GET', '/api/v1/keys', bearer(admin.key))).json() as ApiKeysReply;
    return data.find((one) => one.key_id === key.key_id)?.last_used_at;
  };
  await until(lastUse, (time) => typeof time === 'string');
});

test('what was done with keys is in the audit log, without any key', async () => {
  const { rows } = await system.pool.query(
    "SELECT action, row_to_json(a)::text AS row FROM audit_log a WHERE action LIKE 'key.%'",
  );
  expect(new Set(rows.map(({ action }) => action))).toEqual(
    new Set(['key.create', 'key.rotate', 'key.revoke']),
  );
  expect(rows.map(({ row }) => row).join('\n')).not.toMatch(/clk_\w+_[0-9A-Za-z]{43}/);
});

test('the commands on the same machine need no key', async () => {
  const { operatorToken } = system.services;
  expect(operatorToken).toMatch(/^clk_local_/);
  expect((await send('GET', '/api/v1/admin/tenants/default', bearer(operatorToken))).statusCode).toBe(200);
});

test('rotating makes no more keys than may be in force, and nobody makes keys without end', async () => {
  const rotated = await makeKey({ name: 'rotated', scopes: ['read'] });
  const fill = (count: number, createdAt: string) =>
    system.pool.query(
      `INSERT INTO api_keys (tenant_id, name, hint, key_hash, scopes, created_by, created_at)
       SELECT 1, 'fill', 'x', sha256(gen_random_uuid()::text::bytea), '{read}', 'test', ${createdAt} FROM generate_series(1, $1)`,
      [count],
    );
  const inForce = async () =>
    (
      await system.pool.query(
        'SELECT count(*)::int AS n FROM api_keys WHERE revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now())',
      )
    ).rows[0].n as number;
  await fill(LIMITS.keysInForceMax - 1 - (await inForce()), "now() - interval '2 hours'");
  const rotate = (id: number) =>
    send('POST', `/api/v1/keys/${id}/rotate`, bearer(admin.key), { overlap_seconds: 7_776_000 });
  // At the limit, the old one going on: one more, and no other.
  const next = await rotate(rotated.key_id);
  expect(next.statusCode, next.body).toBe(201);
  expect(await inForce()).toBe(LIMITS.keysInForceMax);
  const beyond = await rotate((next.json() as MadeApiKey).key_id);
  expect([beyond.statusCode, beyond.json().error.code]).toEqual([409, 'too_many_keys']);
  const another = await send('POST', '/api/v1/keys', bearer(admin.key), { name: 'x', scopes: ['read'] });
  expect([another.statusCode, another.json().error.code]).toEqual([409, 'too_many_keys']);

  await system.pool.query("UPDATE api_keys SET revoked_at = now() WHERE name = 'fill'");
  const { rows } = await system.pool.query(
    "SELECT count(*)::int AS n FROM api_keys WHERE created_at > now() - interval '1 hour'",
  );
  await fill(LIMITS.keysMadePerHourMax - 1 - rows[0].n, 'now()');
  const both = await Promise.all([
    rotate((next.json() as MadeApiKey).key_id),
    send('POST', '/api/v1/keys', bearer(admin.key), { name: 'y', scopes: ['read'] }),
  ]);
  expect(both.map(({ statusCode }) => statusCode).sort()).toEqual([201, 409]);
  expect(both.find(({ statusCode }) => statusCode === 409)?.json().error.code).toBe('too_many_made');
  // Ending a key is never refused.
  expect((await send('DELETE', `/api/v1/keys/${rotated.key_id}`, bearer(admin.key))).statusCode).toBe(204);
});
