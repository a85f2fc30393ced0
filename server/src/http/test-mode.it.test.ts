import { Agent, request as httpRequest } from 'node:http';
import type { ClickHouseClient } from '@clickhouse/client';
import {
  ACCESS_TABLE,
  type AggregateReply,
  type ClickReply,
  hasTestData,
  LIMITS,
  type MadeApiKey,
  type PeriodReply,
  type PeriodsReply,
  type StatsReply,
} from '@clickledger/contract';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readTestTenants, startTestData } from '../accounts/test-data.js';
import { forgetOutlived } from '../privacy/schedule.js';
import { sweep } from '../review/schedule.js';
import { aBackground } from '../testing/background.js';
import { aClick, startTestSystem, type TestSystem } from '../testing/system.js';
import { until } from '../testing/wait.js';

const RANGE = `start_time=${new Date(Date.now() - 3_600_000).toISOString()}&end_time=${new Date(Date.now() + 3_600_000).toISOString()}`;
const FIGURES = `/api/v1/analytics/aggregate?${RANGE}&granularity=total`;
const CAMPAIGN = { advertiser_id: 'adv-1', cost_per_click_micros: 500_000 };

let system: TestSystem;
let port: number;
beforeAll(async () => {
  system = await startTestSystem();
  await system.app.listen({ host: '127.0.0.1', port: 0 });
  port = (system.app.server.address() as { port: number }).port;
});
afterAll(() => system?.close());

const ask = (method: string, url: string, payload?: object, headers: Record<string, string> = {}) =>
  system.app.inject({ method: method as 'GET', url, headers, ...(payload && { payload }) });
const clicksOf = async (headers: Record<string, string> = {}, mode = ''): Promise<number> => {
  await system.caughtUp();
  const reply = await ask('GET', FIGURES + mode, undefined, headers);
  expect(reply.statusCode, reply.body).toBe(200);
  return reply.json<AggregateReply>().total_clicks;
};
const testTenant = async () => (await readTestTenants(system.pool)).get(1) as number;
const send = (count: number, mode = '', fields: Record<string, unknown> = {}) =>
  system.post(`/api/v1/clicks/batch${mode}`, {
    clicks: Array.from({ length: count }, (_, i) =>
      aClick({ user_id: `u-${i}`, user_agent: 'Mozilla/5.0 (X11; Linux x86_64) Firefox/150.0', ...fields }),
    ),
  });

test('test clicks of an open server are counted apart, and cost nothing of the live campaign', async () => {
  await ask('PUT', '/api/v1/campaigns/camp-1', CAMPAIGN);
  expect((await send(3)).statusCode).toBe(202);
  expect((await send(5, '?mode=test')).statusCode).toBe(202);
  expect((await system.post('/api/v1/clicks?mode=test', aClick({ user_id: 'one' }))).statusCode).toBe(202);
  expect(await clicksOf()).toBe(3);
  expect(await clicksOf({}, '&mode=live')).toBe(3);
  expect(await clicksOf({}, '&mode=test')).toBe(6);
  const [live, made] = await Promise.all(
    ['', '&mode=test'].map(async (mode) => (await system.get<AggregateReply>(FIGURES + mode)).data[0]),
  );
  expect(live?.cost_micros).toBe(1_500_000);
  expect(made?.cost_micros).toBe(0);
  // Nobody has made a key: the server stays open.
  expect((await system.get<StatsReply>('/api/v1/admin/stats')).protected_mode).toBe(true);
});

test('one click in both modes is two clicks, and its story is told to the mode that has it', async () => {
  const click = aClick({ click_id: '018f2f2e-0000-7000-8000-00000000abcd', user_id: 'both' });
  for (const mode of ['', '?mode=test']) {
    const reply = await system.post(`/api/v1/clicks${mode}`, click);
    expect(reply.json<ClickReply>().is_duplicate, mode).toBe(false);
    expect((await system.post(`/api/v1/clicks${mode}`, click)).json<ClickReply>().is_duplicate).toBe(true);
  }
  const only = await system.post('/api/v1/clicks?mode=test', aClick({ user_id: 'alone' }));
  const path = `/api/v1/clicks/${only.json<ClickReply>().click_id}`;
  expect((await ask('GET', path)).statusCode).toBe(404);
  expect((await ask('GET', `${path}?mode=test`)).statusCode).toBe(200);
});

test('a mode that is none is refused, and test mode wherever there is no test data', async () => {
  for (const mode of ['mode=tset', 'mode=', 'mode=test&mode=live']) {
    const reply = await ask('GET', `${FIGURES}&${mode}`);
    expect([mode, reply.statusCode, Object.keys(reply.json().error.fieldErrors)]).toEqual([
      mode,
      400,
      ['mode'],
    ]);
  }
  const wrong: string[] = [];
  for (const [action, { access }] of Object.entries(ACCESS_TABLE)) {
    const [method = '', path = ''] = action.split(' ');
    // A stream does not end.
    if (access === 'public' || path.includes('stream') || path === '/api/v1/live') continue;
    const hasBody = method !== 'GET';
    const url = `${path.replaceAll(/:\w+/g, '0')}?mode=test`;
    const reply = await ask(method, url, hasBody ? {} : undefined);
    const isRefused = reply.statusCode === 403;
    if (isRefused === hasTestData(path)) wrong.push(`${action}: ${reply.statusCode}`);
  }
  expect(wrong).toEqual([]);
  // Money, rules, access: named here once more by hand.
  for (const path of ['billing/periods', 'fraud/rules', 'fraud/closed-until', 'keys', 'members', 'test-data'])
    expect(hasTestData(`/api/v1/${path}`), path).toBe(false);
});

test('the rules and lists of the organization judge its test clicks, those that look back too', async () => {
  const rules = await ask('PUT', '/api/v1/fraud/rules', { bot_user_agent: { state: 'off' } });
  expect(rules.statusCode).toBe(200);
  const entry = { list: 'block', kind: 'user', value: 'blocked-one' };
  expect((await ask('POST', '/api/v1/fraud/lists', entry)).statusCode).toBe(201);
  let sent = 0;
  // An ad of its own each time: no click is a double click of another.
  const verdict = async (fields: Record<string, unknown>) => {
    const click = aClick({ ...fields, ad_id: `judged-${sent++}` });
    return (await system.post('/api/v1/clicks?mode=test', click)).json<ClickReply>().is_fraudulent;
  };
  // Of test data a change is in force within 5 s, as on other nodes.
  const blocked = () => verdict({ user_id: 'blocked-one', user_agent: 'Mozilla/5.0 Firefox/150.0' });
  await until(blocked, (isFlagged) => isFlagged);
  let robots = 0;
  const robot = () => verdict({ user_id: `robot-${robots++}`, user_agent: 'curl/8.0' });
  await until(robot, (isFlagged) => !isFlagged);
  await ask('PUT', '/api/v1/fraud/rules', { bot_user_agent: { state: 'on' } });
  await until(robot, (isFlagged) => isFlagged);

  const { pool, longReads: client } = system;
  const swept = await sweep(
    { pool, client: client as ClickHouseClient, now: Date.now },
    0,
    aBackground(),
    new AbortController().signal,
  );
  expect(swept).toBe(true);
});

test('test data is in no list of organizations, is never closed and never billed', async () => {
  expect((await system.get<{ data: unknown[] }>('/api/v1/admin/tenants')).data).toHaveLength(1);
  const tenantId = await testTenant();
  const { rows } = await system.pool.query('SELECT slug FROM tenants WHERE tenant_id = $1', [tenantId]);
  const slug = encodeURIComponent(rows[0].slug);
  expect((await ask('GET', `/api/v1/admin/tenants/${slug}`)).statusCode).toBe(404);
  for (const table of ['billing_periods', 'statements']) {
    const { rows: columns } = await system.pool.query(
      `SELECT column_name FROM information_schema.columns WHERE table_name = $1 AND column_name = 'tenant_id'`,
      [table],
    );
    expect(columns).toHaveLength(1);
    await expect(
      system.pool.query(`INSERT INTO ${table} (tenant_id) VALUES ($1)`, [tenantId]),
    ).rejects.toThrow('never billed');
  }
  const live = await clicksOf();
  const [running] = (await system.get<PeriodsReply>('/api/v1/billing/periods')).data;
  const month = await system.get<PeriodReply>(`/api/v1/billing/periods/${running?.period}`);
  expect(month.totals.clicks + month.unpriced_clicks).toBe(live);
});

test('what the organization decides about money and privacy holds for its test data', async () => {
  const decided = {
    currency: 'EUR',
    billing_zone: 'Europe/Berlin',
    respect_privacy_signals: true,
    personal_data_days: 400,
  };
  expect((await ask('PATCH', '/api/v1/admin/settings', decided)).statusCode).toBe(200);
  const { rows } = await system.pool.query(
    'SELECT currency, billing_zone, respect_privacy_signals, personal_data_days FROM tenants WHERE tenant_id = $1',
    [await testTenant()],
  );
  expect(rows[0]).toEqual(decided);
});

let key: string;
const bearer = () => ({ authorization: `Bearer ${key}` });

test('a test key brings and reads test data alone, by the fast path and the long way', async () => {
  const [live, test] = [await clicksOf(), await clicksOf({}, '&mode=test')];
  const owner = { authorization: `Bearer ${system.services.operatorToken}` };
  const made = await ask('POST', '/api/v1/keys', {
    name: 'integration',
    scopes: ['ingest', 'read', 'admin'],
    is_test: true,
  });
  expect(made.statusCode, made.body).toBe(201);
  const rotated = await ask('POST', `/api/v1/keys/${made.json<MadeApiKey>().key_id}/rotate`, {}, owner);
  const { key: secret, is_test } = rotated.json<MadeApiKey>();
  key = secret;
  expect(is_test).toBe(true);
  expect(key).toMatch(/^clk_test_[0-9A-Za-z]{43}$/);

  // A socket: the fast path stands before Fastify.
  expect(await postFast(bearer())).toBe(202);
  expect((await system.post('/api/v1/clicks', aClick({ user_id: 'k' }), bearer())).statusCode).toBe(202);
  expect(await clicksOf(bearer())).toBe(test + 2);
  expect(await clicksOf(owner)).toBe(live);
  const asks = [
    ['GET', `${FIGURES}&mode=live`, 'test_key'],
    ['GET', '/api/v1/fraud/rules', 'no_test_data'],
    ['PATCH', '/api/v1/admin/settings', 'no_test_data'],
    ['POST', '/api/v1/admin/import', 'no_test_data'],
    ['DELETE', '/api/v1/test-data', 'no_test_data'],
    ['GET', '/api/v1/admin/stats', 'forbidden'],
  ] as const;
  for (const [method, path, code] of asks) {
    const reply = await ask(method, path, method === 'GET' ? undefined : {}, bearer());
    expect([path, reply.statusCode, reply.json().error.code]).toEqual([path, 403, code]);
  }
  const seen = await ask('GET', '/api/v1/campaigns/camp-1', undefined, bearer());
  expect(seen.json().cost_per_click_micros).toBe(0);
});

const postFast = (headers: Record<string, string>): Promise<number> =>
  new Promise((resolve, reject) => {
    const body = JSON.stringify(aClick({ user_id: 'fast' }));
    const request = httpRequest(
      {
        host: '127.0.0.1',
        port,
        method: 'POST',
        path: '/api/v1/clicks',
        agent: new Agent(),
        headers: { 'content-type': 'application/json', 'content-length': body.length, ...headers },
      },
      (response) => response.resume().once('end', () => resolve(response.statusCode ?? 0)),
    );
    request.once('error', reject).end(body);
  });

test('deleted test data is gone from every answer, open streams end, and test keys begin anew', async () => {
  const owner = { authorization: `Bearer ${system.services.operatorToken}` };
  const live = await clicksOf(owner);
  const ended = await testTenant();
  const stream = await fetch(`http://127.0.0.1:${port}/api/v1/live`, { headers: bearer() });
  expect(stream.status).toBe(200);
  expect((await ask('DELETE', '/api/v1/test-data', undefined, owner)).statusCode).toBe(204);
  expect(await testTenant()).not.toBe(ended);
  expect(await clicksOf(owner, '&mode=test')).toBe(0);
  expect(await clicksOf(bearer())).toBe(0);
  expect((await ask('GET', '/api/v1/campaigns/camp-1', undefined, bearer())).statusCode).toBe(404);
  await stream.text(); // resolves when the server ends it
  expect(await postFast(bearer())).toBe(202);
  expect(await clicksOf(bearer())).toBe(1);
  expect(await clicksOf(owner)).toBe(live);
  const log = await ask('GET', '/api/v1/admin/audit?kind=tenant', undefined, owner);
  expect(log.json().data[0]).toMatchObject({ subject: 'test data', after: { test_data: 'deleted' } });
  // No ledger row was touched: both stores still hold every click, and agree.
  const { ledger, analytics } = await until(
    async () => (await ask('GET', '/api/v1/admin/stats', undefined, owner)).json<StatsReply>(),
    (stats) => stats.ledger.clicks === stats.analytics.clicks,
  );
  expect(analytics.clicks).toBe(ledger.clicks);
  expect(ledger.clicks).toBeGreaterThan(live + 1);
});

test('of deleted test clicks nobody is named after two days, which is done once and for all', async () => {
  const { rows } = await system.pool.query(
    'SELECT min(tenant_id) AS ended FROM tenants WHERE test_ended_at IS NOT NULL',
  );
  const named = async () =>
    (
      await system.pool.query<{ count: number }>(
        'SELECT count(*)::integer AS count FROM click_events WHERE tenant_id = $1 AND user_id IS NOT NULL',
        [rows[0].ended],
      )
    ).rows[0]?.count;
  expect(await named()).toBeGreaterThan(0);
  const forget = (days: number) =>
    forgetOutlived(
      {
        pool: system.pool,
        slowPool: system.services.slowPool,
        client: system.longReads as ClickHouseClient,
        now: () => Date.now() + days * 86_400_000,
      },
      system.services.background,
      new AbortController().signal,
    );
  await forget(3);
  expect(await named()).toBe(0);
  const before = await system.pool.query('SELECT anonymous_until FROM tenants WHERE tenant_id = $1', [
    rows[0].ended,
  ]);
  await forget(30);
  const after = await system.pool.query('SELECT anonymous_until FROM tenants WHERE tenant_id = $1', [
    rows[0].ended,
  ]);
  expect(after.rows).toEqual(before.rows);
});

test('deleting nothing changes nothing, and it is done so often within an hour', async () => {
  const owner = { authorization: `Bearer ${system.services.operatorToken}` };
  const remove = async () => (await ask('DELETE', '/api/v1/test-data', undefined, owner)).statusCode;
  expect(await remove()).toBe(204);
  const empty = await testTenant();
  expect(await remove()).toBe(204);
  expect(await testTenant()).toBe(empty);
  await startTestData(system.pool, 1);
  expect(await testTenant()).toBe(empty);
  for (let i = 2; i < LIMITS.testDataDeletionsPerHourMax; i++) {
    expect(await postFast(bearer())).toBe(202);
    expect(await remove()).toBe(204);
  }
  expect(await postFast(bearer())).toBe(202);
  expect(await remove()).toBe(409);
  expect(await clicksOf(bearer())).toBe(1);
});
