import {
  ACCESS_TABLE,
  type Access,
  ADVERTISER_FIGURES,
  AdsQuery,
  AdvertisersQuery,
  AGGREGATE_ORDERS,
  AggregateQuery,
  AggregateReply,
  ALL_DIMENSIONS,
  CampaignsQuery,
  METRICS,
  type RouteRule,
  SettingsReply,
  StreamQuery,
} from '@clickledger/contract';
import Fastify from 'fastify';
import type pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { registerAuthentication } from '../http/server/authenticate.js';
import { hashToken, newApiKey } from '../lib/tokens.js';
import { aClick, startTestSystem, type TestSystem } from '../testing/system.js';
import { addKey } from './api-keys.js';
import type { Scope } from './caller.js';
import { openFor } from './sign-in.js';

// Every role on every route that the server has, over HTTP: what the table gives is answered, all else is refused. Which level
// of access a role has stands here once more by hand, so that an error in the table's own rules is seen.
const LEVELS: Record<string, readonly Access[]> = {
  'no credential': ['public'],
  'ingest key': ['public', 'ingest'],
  'read key': ['public', 'read', 'operator_read'],
  'admin key': ['public', 'admin', 'operator'],
  owner: ['public', 'member', 'ingest', 'read', 'admin', 'operator_read', 'operator'],
  analyst: ['public', 'member', 'read', 'operator_read'],
  advertiser: ['public', 'member'],
  'other tenant’s owner': ['public', 'member', 'ingest', 'read', 'admin'],
  'other tenant’s read key': ['public', 'read'],
  'half session': ['public'],
  'command line': ['public', 'ingest', 'read', 'admin', 'operator_read', 'operator'],
};
/** Beside what is public: all that a member sees who sees some advertisers alone. */
const FOR_ADVERTISERS = [
  'GET /api/v1/admin/settings',
  'GET /api/v1/ads',
  'GET /api/v1/ads/:ad_id',
  'GET /api/v1/advertisers',
  'GET /api/v1/advertisers/:advertiser_id',
  'GET /api/v1/analytics/aggregate',
  'GET /api/v1/analytics/attribution',
  'GET /api/v1/analytics/stream',
  'GET /api/v1/analytics/time-to-convert',
  'GET /api/v1/campaigns',
  'GET /api/v1/campaigns/:campaign_id',
  'GET /api/v1/conversions',
  'GET /api/v1/export/aggregate.csv',
  'GET /api/v1/links',
  'GET /api/v1/links/:link_id',
  'POST /api/v1/analytics/questions',
];
const OTHER = 2;

let system: TestSystem;
let url: string;
/** `GET /path`, as registered. */
let routes: string[];
const memberIds: Record<string, number> = {};
const credentials: Record<string, Record<string, string>> = { 'no credential': {} };

async function makeKey(tenantId: number, name: string, scopes: Scope[]): Promise<void> {
  const { key, hint } = newApiKey(scopes);
  await addKey(
    system.pool as unknown as pg.PoolClient,
    tenantId,
    { name, scopes, origins: [], requests_per_second: null, expires_at: null, createdBy: 'test' },
    { hash: hashToken(key), hint },
  );
  credentials[name] = { authorization: `Bearer ${key}` };
}
async function makeMember(tenantId: number, name: string, role: string): Promise<void> {
  const { rows } = await system.pool.query(
    'INSERT INTO members (tenant_id, email, role, advertiser_ids) VALUES ($1, $2, $3, $4) RETURNING member_id',
    [tenantId, `${name.replaceAll(/\W/g, '-')}@example.org`, role, role === 'advertiser' ? ['adv-1'] : []],
  );
  memberIds[name] = rows[0].member_id;
  await signIn(name);
}
async function signIn(name: string): Promise<void> {
  const { token } = await openFor(system.pool, memberIds[name] ?? 0);
  credentials[name] = { cookie: `clickledger_session=${token}` };
}

beforeAll(async () => {
  system = await startTestSystem({
    PUBLIC_URL: 'http://localhost',
    OIDC_ISSUER: 'http://127.0.0.1:9',
    OIDC_NAME: 'x',
    OIDC_CLIENT_ID: 'x',
    OIDC_CLIENT_SECRET: 'x',
  });
  const { pool } = system;
  // While it is open: figures to find reasons in.
  const clicks = [
    ...Array.from({ length: 3 }, () => aClick({ user_agent: 'curl/8.0' })),
    ...Array.from({ length: 4 }, () =>
      aClick({ user_agent: 'Mozilla/5.0 (X11; Linux x86_64) Firefox/150.0' }),
    ),
  ];
  expect((await system.post('/api/v1/clicks/batch', { clicks })).statusCode).toBe(202);
  await system.caughtUp();
  url = await system.app.listen({ host: '127.0.0.1', port: 0 });
  routes = [...system.app.routes];

  await pool.query("INSERT INTO tenants (tenant_id, slug, name) VALUES ($1, 'other', 'Other')", [OTHER]);
  await makeKey(1, 'ingest key', ['ingest']);
  await makeKey(1, 'read key', ['read']);
  await makeKey(1, 'admin key', ['admin']);
  await makeKey(OTHER, 'other tenant’s read key', ['read']);
  await makeMember(1, 'owner', 'owner');
  await makeMember(1, 'analyst', 'analyst');
  await makeMember(1, 'advertiser', 'advertiser');
  await makeMember(OTHER, 'other tenant’s owner', 'owner');
  await makeMember(1, 'half session', 'owner');
  await pool.query(
    "UPDATE sessions SET is_half = true WHERE member_id = (SELECT member_id FROM members WHERE email LIKE 'half%')",
  );
  await system.services.access.refresh();
  credentials['command line'] = { authorization: `Bearer ${system.services.operatorToken}` };
});
afterAll(() => system?.close());

/** The status and the code of the error, without waiting for what is streamed. */
async function ask(
  path: string,
  headers: Record<string, string>,
  method = 'GET',
): Promise<{ status: number; code: string | undefined; body: string }> {
  const abort = new AbortController();
  const hasBody = !['GET', 'HEAD', 'OPTIONS'].includes(method);
  const response = await fetch(url + path, {
    method,
    headers: hasBody ? { ...headers, 'content-type': 'application/json' } : headers,
    ...(hasBody ? { body: '{}' } : {}),
    redirect: 'manual',
    signal: abort.signal,
  });
  const isStream = response.headers.get('content-type')?.startsWith('text/event-stream');
  const body = isStream ? '' : await response.text();
  abort.abort();
  const isJson = response.headers.get('content-type')?.startsWith('application/json');
  return {
    status: response.status,
    code: isJson && body !== '' ? JSON.parse(body).error?.code : undefined,
    body,
  };
}
const pathOf = (action: string) => (action.split(' ')[1] ?? '').replaceAll(/:\w+|\*/g, '0');

test('the table has every route of the server, and no other', () => {
  // The dashboard's files are served once they are built.
  const isCompared = (route: string) => route !== 'GET /*';
  const named = [...new Set(routes.map((route) => route.replace('HEAD', 'GET')))].filter(isCompared).sort();
  expect(named.length).toBeGreaterThan(80);
  expect(Object.keys(ACCESS_TABLE).filter(isCompared).sort()).toEqual(named);
});

test.each(Object.keys(LEVELS))('%s: every route is answered or refused as the table says', async (role) => {
  const wrong: string[] = [];
  for (const route of routes) {
    const [method = '', path = ''] = route.split(' ');
    const action = `${method === 'HEAD' ? 'GET' : method} ${path}`;
    const rule: RouteRule = ACCESS_TABLE[action as keyof typeof ACCESS_TABLE];
    const isGiven =
      LEVELS[role]?.includes(rule.access) || (role === 'advertiser' && FOR_ADVERTISERS.includes(action));
    const { status, code } = await ask(pathOf(action), credentials[role] ?? {}, method);
    const isNobody = role === 'no credential' || role === 'half session';
    const isRefused =
      status === (isNobody ? 401 : 403) &&
      (method === 'HEAD' || code === (isNobody ? 'unauthenticated' : 'forbidden'));
    // The second step of signing in asks for a half session by itself.
    const asksItself = path === '/api/v1/auth/second-factor';
    if (isRefused === isGiven && !asksItself) wrong.push(`${route}: ${status} ${code}`);
    if (path.endsWith('/sign-out') && memberIds[role] && !isNobody) await signIn(role);
  }
  expect(wrong).toEqual([]);
});

const RANGE = `start_time=${new Date(Date.now() - 3_600_000).toISOString()}&end_time=${new Date(Date.now() + 3_600_000).toISOString()}`;
/** A value for each parameter of the aggregate query, with which the owner is answered. */
const VALUES: Record<string, string> = {
  granularity: 'granularity=total',
  timezone: 'timezone=UTC',
  fill: 'fill=false',
  group_by: 'group_by=ad_id',
  limit: 'granularity=total&limit=10',
  offset: 'granularity=total&limit=10&offset=1',
  order_by: 'granularity=total&order_by=fraud_count',
  search: 'granularity=total&group_by=ad_id&search=a',
  metrics: 'metrics=conversions,conversion_values,cvr,cpa,roas',
  conversion_time: 'metrics=conversions&conversion_time=click',
  attribution: 'metrics=conversions&attribution=all_clicks',
  action: 'metrics=conversions&action=sale',
  start_time: '',
  end_time: '',
};
for (const dimension of ALL_DIMENSIONS)
  for (const name of [dimension, `not_${dimension}`])
    VALUES[name] =
      `${name}=${dimension === 'country' ? 'DE' : dimension === 'device_type' ? 'mobile' : 'adv-1'}`;

const FIGURES = [
  (query: string) => `/api/v1/analytics/aggregate?${query}`,
  (query: string) => `/api/v1/export/aggregate.csv?${query}`,
  (query: string) => `/api/v1/analytics/stream?q=${encodeURIComponent(query)}`,
  (query: string) => `/api/v1/analytics/stream?q=${encodeURIComponent(RANGE)}&q=${encodeURIComponent(query)}`,
];

test('an advertiser’s figures: every parameter and every grouping is answered or refused as the table says', async () => {
  const allowed: readonly string[] = ADVERTISER_FIGURES.parameters;
  expect(Object.keys(AggregateQuery.shape).sort()).toEqual(Object.keys(VALUES).sort());
  expect(allowed.filter((name) => !(name in VALUES))).toEqual([]);
  const groupings: readonly string[] = ADVERTISER_FIGURES.groupBy;
  const metrics: readonly string[] = ADVERTISER_FIGURES.metrics;
  const questions = [
    ...Object.entries(VALUES).map(([name, value]) => [value, allowed.includes(name)] as const),
    ...ALL_DIMENSIONS.map((name) => [`group_by=${name}`, groupings.includes(name)] as const),
    ...ALL_DIMENSIONS.map(
      (name) => [`group_by=ad_id,${name}&granularity=total`, groupings.includes(name)] as const,
    ),
    ...AGGREGATE_ORDERS.map((name) => [`granularity=total&order_by=${name}`, true] as const),
    ...METRICS.map((name) => [`metrics=${name}`, metrics.includes(name)] as const),
  ];
  for (const [question, isGiven] of questions)
    for (const pathWith of FIGURES) {
      const path = pathWith(question === '' ? RANGE : `${RANGE}&${question}`);
      if (question.includes('ad_id,ad_id')) continue;
      const { status, body } = await ask(path, credentials.advertiser ?? {});
      expect([path, status, status === 200 ? '' : body.slice(0, 100)]).toEqual([
        ...[path, isGiven ? 200 : 403],
        isGiven ? '' : expect.stringContaining('forbidden'),
      ]);
      expect((await ask(path, credentials.owner ?? {})).status, path).toBe(200);
    }
  // What tells reasons is nowhere among them, whatever else the table comes to say.
  expect([...allowed, ...groupings].filter((name) => name.includes('reason'))).toEqual([]);
});

test('an advertiser is told how many clicks were flagged, and by no reply why', async () => {
  const theirs = credentials.advertiser ?? {};
  const { body } = await ask(`/api/v1/analytics/aggregate?${RANGE}&granularity=total`, theirs);
  expect(JSON.parse(body).data[0]).toMatchObject({ clicks: 7, fraud_count: 3 });
  expect((await ask(`/api/v1/fraud/summary?${RANGE}`, credentials.owner ?? {})).body).toContain(
    'bot_user_agent',
  );
  for (const path of [
    `/api/v1/analytics/aggregate?${RANGE}&group_by=ad_id,browser`,
    `/api/v1/export/aggregate.csv?${RANGE}&group_by=ad_id,browser`,
    '/api/v1/campaigns',
    '/api/v1/campaigns/camp-1',
    '/api/v1/ads',
    '/api/v1/advertisers',
    '/api/v1/admin/settings',
  ]) {
    const answered = await ask(path, theirs);
    expect(answered.status, path).toBe(200);
    expect(answered.body, path).not.toMatch(/reason|bot_user_agent|curl/);
  }
  // A wrong question is refused before anything is looked up.
  const wrong = await ask(`/api/v1/analytics/aggregate?${RANGE}&having=fraud_reason`, theirs);
  expect(wrong.status).toBe(403);
});

/** The first answer that a stream sends. */
async function firstReply(query: string, headers: Record<string, string>): Promise<object> {
  const path = `/api/v1/analytics/stream?q=${encodeURIComponent(query)}`;
  const { body } = await fetch(url + path, { headers });
  let text = '';
  for await (const bytes of body ?? []) {
    text += new TextDecoder().decode(bytes);
    const [, data] = /event: result\n(?:id: \d+\n)?data: (.*)\n/.exec(text) ?? [];
    // Leaving the loop ends the stream.
    if (data !== undefined) return JSON.parse(data).reply;
  }
  throw new Error(`The stream ended: ${text}`);
}

test('an advertiser is told of figures what the table names, and nothing of what was read for them', async () => {
  const [theirs, owners] = [credentials.advertiser ?? {}, credentials.owner ?? {}];
  const given = [...ADVERTISER_FIGURES.fields];
  const all = Object.keys(AggregateReply.shape);
  expect(given).not.toContain('rows_read');
  expect(given).not.toContain('query_time_ms');
  // The same question of both, so that only who asks makes the difference.
  const query = `${RANGE}&granularity=total&advertiser_id=adv-1`;
  const asked = async (headers: Record<string, string>) =>
    JSON.parse((await ask(`/api/v1/analytics/aggregate?${query}`, headers)).body);
  expect(Object.keys(await asked(owners)).sort()).toEqual(all.toSorted());
  expect(Object.keys(await asked(theirs)).sort()).toEqual(given.toSorted());
  for (const [headers, names] of [
    [owners, all],
    [theirs, given],
    [owners, all],
  ] as const)
    expect(Object.keys(await firstReply(query, headers)).sort()).toEqual(names.toSorted());
});

test('an advertiser uses the parameters of lists that the table names, and gets the fields that it names', async () => {
  const theirs = credentials.advertiser ?? {};
  const queries = { advertisers: AdvertisersQuery, campaigns: CampaignsQuery, ads: AdsQuery };
  for (const [list, query] of Object.entries(queries)) {
    const rule: RouteRule = ACCESS_TABLE[`GET /api/v1/${list}` as keyof typeof ACCESS_TABLE];
    // A new parameter has to be decided on.
    expect(Object.keys(query.shape).sort(), list).toEqual([...(rule.advertiser?.parameters ?? [])].sort());
    for (const name of Object.keys(query.shape))
      expect((await ask(`/api/v1/${list}?${name}=1`, theirs)).status, `${list} ${name}`).toBe(200);
    expect((await ask(`/api/v1/${list}?reason=1`, theirs)).status, list).toBe(403);
  }
  expect(Object.keys(StreamQuery.shape)).toEqual(
    ACCESS_TABLE['GET /api/v1/analytics/stream'].advertiser.parameters,
  );
  const settings = JSON.parse((await ask('/api/v1/admin/settings', theirs)).body);
  expect(Object.keys(settings)).toEqual(['currency', 'billing_zone']);
  const all = JSON.parse((await ask('/api/v1/admin/settings', credentials.analyst ?? {})).body);
  expect(Object.keys(all).sort()).toEqual(Object.keys(SettingsReply.shape).sort());
});

test('a route that is not in the table keeps the server from starting', () => {
  const bare = Fastify();
  registerAuthentication(bare, system.services);
  expect(() => bare.get('/api/v1/new', async () => 'new')).toThrow('access-table');
  expect(() => bare.get('/health', async () => 'ok')).not.toThrow();
});
