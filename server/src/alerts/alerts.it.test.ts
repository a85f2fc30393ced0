import { createHmac } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AlertsReply, WebhookReply } from '@clickledger/contract';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Background, type Task } from '../lib/background.js';
import { makeTenantFetch, type TenantFetch } from '../lib/tenant-fetch.js';
import { startTestSystem, type TestSystem } from '../testing/system.js';
import { until } from '../testing/wait.js';
import { raiseForAll } from './alerts.js';
import { ATTEMPTS_MAX } from './alerts-table.js';
import { deliverAlerts } from './deliver-webhooks.js';
import { raiseAlerts } from './raise-alerts.js';

const CHROME =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36';
const TENANT = 1;

/** A background that leaves alerts to the tests. */
class WithoutAlerts extends Background {
  override every(task: Task, ...rest: [{ everyMs: number }, (signal: AbortSignal) => unknown]) {
    return task.name.startsWith('alert') ? { stop: async () => {} } : super.every(task, ...rest);
  }
}

const isLoopback = (address: string) => address === '127.0.0.1';
const tenantFetch = makeTenantFetch(isLoopback);
const deliver = (nowMs: number, fetch: TenantFetch = tenantFetch) =>
  deliverAlerts({ pool: system.pool, tenantFetch: fetch, now: () => nowMs });

let system: TestSystem;
let receiver: Server;
let answer = 200;
const received: { path: string | undefined; headers: IncomingHttpHeaders; body: string }[] = [];

beforeAll(async () => {
  system = await startTestSystem(
    { WEBHOOK_PRIVATE_RANGES: '127.0.0.1' },
    { makeBackground: (parts) => new WithoutAlerts(parts) },
  );
  receiver = createServer((request, response) => {
    let body = '';
    request.on('data', (data) => (body += data));
    request.on('end', () => {
      received.push({ path: request.url, headers: request.headers, body });
      response.writeHead(answer).end();
    });
  });
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
});
afterAll(async () => {
  receiver?.close();
  await system?.close();
});

/** 100 clicks of a campaign, so many of them by a robot. */
async function send(campaign_id: string, robots: number, mode = 'live'): Promise<void> {
  const clicks = Array.from({ length: 100 }, (_, i) => ({
    ad_id: `${campaign_id}-${i}`,
    campaign_id,
    advertiser_id: 'v',
    user_id: `${campaign_id}-${i}`,
    user_agent: i < robots ? 'Googlebot/2.1' : CHROME,
  }));
  await system.post(
    `/api/v1/clicks/batch?mode=${mode}`,
    { clicks },
    { 'x-forwarded-for': `11.1.${campaign_id.length}.1` },
  );
  await system.caughtUp();
}
const raise = () => {
  const client = system.analytics;
  if (!client) throw new Error('no analytics');
  return raiseAlerts({ pool: system.pool, client }, TENANT, Date.now());
};
const list = async () => AlertsReply.strict().parse(await system.get('/api/v1/alerts')).data;

it('a campaign that crosses a line is told once, signed, and again until it is taken', async () => {
  const { port } = receiver.address() as AddressInfo;
  const set = await system.app.inject({
    method: 'PUT',
    url: '/api/v1/alerts/webhook',
    payload: { url: `http://127.0.0.1:${port}/hook` },
  });
  const { secret } = WebhookReply.strict().parse(set.json());
  expect(await system.get('/api/v1/alerts/webhook')).toEqual({
    url: `http://127.0.0.1:${port}/hook`,
    secret: null,
  });

  await send('calm', 2);
  await send('warned', 3);
  await send('critical', 5);
  expect(await raise()).toBe(2);
  expect(await raise()).toBe(0);
  expect(
    (await list()).map(({ campaign_id, level, delivery }) => [campaign_id, level, delivery]).sort(),
  ).toEqual([
    ['critical', 'critical', 'waiting'],
    ['warned', 'warning', 'waiting'],
  ]);

  answer = 500;
  const startMs = Date.now();
  // The oldest of a tenant at a time.
  await deliver(startMs);
  expect(received).toHaveLength(1);
  await deliver(startMs);
  expect(received).toHaveLength(2);
  // Not again before its time.
  await deliver(startMs + 9_000);
  expect(received).toHaveLength(2);
  expect((await list())[0]).toMatchObject({ delivery: 'waiting', attempts: 1, last_error: 'answered 500' });

  answer = 204;
  await deliver(startMs + 10_000);
  await deliver(startMs + 10_000);
  expect(received).toHaveLength(4);
  await deliver(startMs + 1_000_000);
  expect(received).toHaveLength(4);
  expect((await list()).map(({ delivery, attempts }) => [delivery, attempts])).toEqual([
    ['delivered', 2],
    ['delivered', 2],
  ]);

  const [first, , again] = received;
  expect(again?.headers['clickledger-delivery']).toBe(first?.headers['clickledger-delivery']);
  const [, seconds, signature] =
    /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(again?.headers['clickledger-signature'])) ?? [];
  const truth = createHmac('sha256', secret ?? '')
    .update(`${seconds}.${again?.body}`)
    .digest('hex');
  expect(signature).toBe(truth);
  expect(JSON.parse(again?.body ?? '')).toMatchObject({
    type: 'fraud_rate',
    alert: { clicks: 100, fraud_rate: expect.any(Number), level: expect.any(String) },
  });
});

it('one that is never taken is given up in the end, and the next is told all the same', async () => {
  answer = 500;
  await send('hopeless', 50);
  expect(await raise()).toBe(1);
  let nowMs = Date.now();
  for (let i = 0; i < ATTEMPTS_MAX + 3; i++) {
    await deliver(nowMs);
    nowMs += 3_600_000;
  }
  expect((await list())[0]).toMatchObject({ delivery: 'given_up', attempts: ATTEMPTS_MAX });
  answer = 200;
  await send('next', 50);
  await raise();
  await deliver(nowMs);
  expect((await list())[0]).toMatchObject({ campaign_id: 'next', delivery: 'delivered' });
});

it('is raised from the shares that the account sets', async () => {
  const set = (payload: object) =>
    system.app.inject({ method: 'PATCH', url: '/api/v1/admin/settings', payload });
  const wrong = await set({ alert_warning_percent: 6 });
  expect([wrong.statusCode, Object.keys(wrong.json().error.fieldErrors)]).toEqual([
    400,
    ['alert_warning_percent'],
  ]);
  expect((await set({ alert_warning_percent: 20, alert_critical_percent: 30 })).statusCode).toBe(200);
  await send('below-own-limit', 19);
  await send('at-own-limit', 20);
  await raise();
  expect((await list()).find(({ campaign_id }) => campaign_id === 'at-own-limit')).toMatchObject({
    level: 'warning',
  });
  expect((await list()).some(({ campaign_id }) => campaign_id === 'below-own-limit')).toBe(false);
});

it.each([
  { url: 'ftp://x.example' },
  { url: 'x' },
  { url: 'https://user:pw@x.example/' },
  { url: 'https://token@x.example/' },
  {},
])('refuses a webhook that is none: %j', async (payload) => {
  const response = await system.app.inject({ method: 'PUT', url: '/api/v1/alerts/webhook', payload });
  expect(response.statusCode).toBe(400);
  expect(Object.keys(response.json().error.fieldErrors)).toEqual(['url']);
});

it.each([
  'http://127.0.0.2/hook',
  'http://[::1]:9/',
  'http://169.254.169.254/',
  'http://localhost:1/',
  'http://10.0.0.1/',
])('refuses a webhook to this machine or its network, by the name of the field: %s', async (url) => {
  const reply = await system.app.inject({
    method: 'PUT',
    url: '/api/v1/alerts/webhook',
    payload: { url },
  });
  expect(reply.statusCode).toBe(400);
  expect(reply.json().error.fieldErrors.url[0]).toContain('private or reserved address');
});

it('a webhook whose name points into the network by now is not asked, and its owner is told why', async () => {
  await system.pool.query(`UPDATE webhooks SET url = 'http://moved.example/hook' WHERE tenant_id = 1`);
  await send('moved', 50);
  expect(await raise()).toBe(1);
  const moved = makeTenantFetch(isLoopback, async () => ['10.0.0.1']);
  // Older alerts may wait as well.
  await until(
    async () => {
      await deliver(Date.now(), moved);
      return (await list())[0]?.attempts;
    },
    (attempts) => attempts === 1,
  );
  expect((await list())[0]).toMatchObject({
    campaign_id: 'moved',
    delivery: 'waiting',
    last_error: expect.stringContaining('private or reserved address'),
  });
});

/** A tenant of its own with a webhook and this many alerts that wait. */
async function tenantWith(slug: string, alerts: number): Promise<number> {
  const { rows } = await system.pool.query<{ tenant_id: number }>(
    `INSERT INTO tenants (tenant_id, slug, name) SELECT max(tenant_id) + 1, $1, $1 FROM tenants RETURNING tenant_id`,
    [slug],
  );
  const tenantId = rows[0]?.tenant_id ?? 0;
  const { port } = receiver.address() as AddressInfo;
  await system.pool.query(
    `INSERT INTO webhooks (tenant_id, url, secret, changed_by) VALUES ($1, $2, 'secret', 'test')`,
    [tenantId, `http://127.0.0.1:${port}/${slug}`],
  );
  await system.pool.query(
    `SELECT raise_alert($1, 'c' || i, 'warning', 100, 50, now(), now(), 1000) FROM generate_series(1, $2) AS i`,
    [tenantId, alerts],
  );
  return tenantId;
}
const waiting = async (tenantId: number): Promise<number> =>
  (
    await system.pool.query(
      `SELECT count(*)::int AS n FROM alert_deliveries WHERE tenant_id = $1 AND state = 'waiting'`,
      [tenantId],
    )
  ).rows[0].n;

it("a tenant whose receivers never answer holds up nobody else's alerts", async () => {
  answer = 200;
  // More of them, and with older alerts, than are sent at once.
  const dead: number[] = [];
  for (let i = 0; i < 15; i++) dead.push(await tenantWith(`dead-${i}`, 20));
  const alive = await tenantWith('alive', 1);
  let release = () => {};
  const held = new Promise<void>((resolve) => (release = resolve));
  let isOver = false;
  // A moment later: the ledger's times are finer than milliseconds.
  const turn = deliver(Date.now() + 1_000, {
    ...tenantFetch,
    async post(url, ...rest) {
      if (!url.pathname.startsWith('/dead')) return tenantFetch.post(url, ...rest);
      await held;
      throw new Error('no answer');
    },
  }).finally(() => (isOver = true));
  await until(
    () => waiting(alive),
    (count) => count === 0,
  );
  expect(isOver).toBe(false);
  release();
  await turn;
  for (const tenantId of dead) expect(await waiting(tenantId)).toBe(20);
});

it('two nodes that send at the same moment send each alert once', async () => {
  const tenantId = await tenantWith('twice', 1);
  const before = received.length;
  const nowMs = Date.now() + 1_000;
  await Promise.all([deliver(nowMs), deliver(nowMs)]);
  const told = received.slice(before).filter(({ path }) => path === '/twice');
  expect(told.map(({ body }) => JSON.parse(body).alert.campaign_id)).toEqual(['c1']);
  expect(await waiting(tenantId)).toBe(0);
});

/** Analytics that counts the clicks of tenant 0 in its own way. */
function countingTenant0(count: () => Promise<never>): NonNullable<TestSystem['analytics']> {
  const client = system.analytics;
  if (!client) throw new Error('no analytics');
  return new Proxy(client, {
    get(target, key) {
      if (key !== 'query') return Reflect.get(target, key);
      return (options: { query_params?: { tenant?: number } }) =>
        options.query_params?.tenant === 0 ? count() : target.query(options as never);
    },
  });
}
async function raiseWith(client: NonNullable<TestSystem['analytics']>): Promise<void> {
  await system.pool.query(
    `INSERT INTO tenants (tenant_id, slug, name) VALUES (0, 'flooded', 'Flooded') ON CONFLICT DO NOTHING`,
  );
  await raiseForAll(
    { pool: system.pool, client, tenantFetch, now: Date.now },
    system.services.background,
    new AbortController().signal,
  );
}

it('test data raises none', async () => {
  await send('tried', 50, 'test');
  await send('meant', 50);
  await raiseWith(countingTenant0(() => Promise.reject(new Error('too many groups'))));
  const { rows } = await system.pool.query(
    `SELECT tenant_id, campaign_id FROM alerts WHERE campaign_id IN ('tried', 'meant')`,
  );
  expect(rows).toEqual([{ tenant_id: TENANT, campaign_id: 'meant' }]);
});

it("a tenant whose clicks can't be counted keeps no other from its alerts", async () => {
  await send('last', 50);
  await raiseWith(countingTenant0(() => Promise.reject(new Error('too many groups'))));
  expect((await list())[0]).toMatchObject({ campaign_id: 'last', level: 'critical' });
});

it('nor does one whose alerts take long to raise', async () => {
  await send('after the last', 50);
  let giveUp = (_: Error) => {};
  const never = new Promise<never>((_, reject) => {
    giveUp = reject;
  });
  const turn = raiseWith(countingTenant0(() => never));
  await until(list, ([newest]) => newest?.campaign_id === 'after the last');
  giveUp(new Error('too late'));
  await turn;
});
