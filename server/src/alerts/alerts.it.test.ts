import { createHmac } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AlertsReply, WebhookReply } from '@clickledger/contract';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ATTEMPTS_MAX } from '../ledger/alerts.js';
import { startTestSystem, type TestSystem } from '../testing/system.js';
import { deliverAlerts } from './deliver.js';
import { raiseAlerts } from './raise.js';

const CHROME =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36';
const TENANT = 1;

let system: TestSystem;
let receiver: Server;
let answer = 200;
const received: { headers: IncomingHttpHeaders; body: string }[] = [];

beforeAll(async () => {
  system = await startTestSystem();
  receiver = createServer((request, response) => {
    let body = '';
    request.on('data', (data) => (body += data));
    request.on('end', () => {
      received.push({ headers: request.headers, body });
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
async function send(campaign_id: string, robots: number): Promise<void> {
  const clicks = Array.from({ length: 100 }, (_, i) => ({
    ...{ ad_id: `${campaign_id}-${i}`, campaign_id, advertiser_id: 'v', user_id: `${campaign_id}-${i}` },
    user_agent: i < robots ? 'Googlebot/2.1' : CHROME,
  }));
  await system.post(
    '/api/v1/clicks/batch',
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
  await deliverAlerts(system.pool, () => startMs);
  expect(received).toHaveLength(2);
  // Not again before its time.
  await deliverAlerts(system.pool, () => startMs + 9_000);
  expect(received).toHaveLength(2);
  expect((await list())[0]).toMatchObject({ delivery: 'waiting', attempts: 1, last_error: 'answered 500' });

  answer = 204;
  await deliverAlerts(system.pool, () => startMs + 10_000);
  expect(received).toHaveLength(4);
  await deliverAlerts(system.pool, () => startMs + 1_000_000);
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
    await deliverAlerts(system.pool, () => nowMs);
    nowMs += 3_600_000;
  }
  expect((await list())[0]).toMatchObject({ delivery: 'given_up', attempts: ATTEMPTS_MAX });
  answer = 200;
  await send('next', 50);
  await raise();
  await deliverAlerts(system.pool, () => nowMs);
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
  expect((await list())[0]).toMatchObject({ campaign_id: 'at-own-limit', level: 'warning' });
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
