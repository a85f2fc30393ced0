import type { ClickHouseClient } from '@clickhouse/client';
import { LIMITS, QuestionAnswered, type QuestionLine, QuestionRefused } from '@clickledger/contract';
import type pg from 'pg';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { addKey } from '../../accounts/api-keys.js';
import { openFor } from '../../accounts/sign-in.js';
import { QUERIES_EACH_MAX } from '../../analytics/client.js';
import { hashToken, newApiKey } from '../../lib/tokens.js';
import { aClick, startTestSystem, type TestSystem } from '../../testing/system.js';
import { until } from '../../testing/wait.js';

const PATH = '/api/v1/analytics/questions';
const OTHER = 2;
const TOTAL = { range: 'last_24h', granularity: 'total' };

let system: TestSystem;
let url: string;
/** Stands still while a test counts what a key may still send. */
let stoppedAtMs: number | null = null;
let operator: Record<string, string>;
let advertiser: Record<string, string>;
const readers = new Map<number, Record<string, string>>();

async function readerOf(tenantId: number, requestsPerSecond: number | null = null) {
  const { key, hint } = newApiKey(['read']);
  await addKey(
    system.pool as unknown as pg.PoolClient,
    tenantId,
    {
      name: 'reader',
      scopes: ['read'],
      origins: [],
      requests_per_second: requestsPerSecond,
      expires_at: null,
      createdBy: 'test',
    },
    { hash: hashToken(key), hint },
  );
  await system.services.access.refresh();
  return { authorization: `Bearer ${key}` };
}

beforeAll(async () => {
  system = await startTestSystem({}, { now: () => stoppedAtMs ?? Date.now() });
  const clicks = [
    ...Array.from({ length: 5 }, (_, i) => aClick({ user_id: `u-${i}`, country: 'DE', os: 'iOS' })),
    ...Array.from({ length: 3 }, () =>
      aClick({ advertiser_id: 'adv-2', campaign_id: 'camp-2', country: 'FR' }),
    ),
  ];
  expect((await system.post('/api/v1/clicks/batch', { clicks })).statusCode).toBe(202);
  await system.caughtUp();
  url = await system.app.listen({ host: '127.0.0.1', port: 0 });
  const { pool } = system;
  await pool.query("INSERT INTO tenants (tenant_id, slug, name) VALUES ($1, 'other', 'Other')", [OTHER]);
  for (const tenantId of [1, OTHER]) readers.set(tenantId, await readerOf(tenantId));
  operator = { authorization: `Bearer ${system.services.operatorToken}` };
  const { rows } = await pool.query(
    `INSERT INTO members (tenant_id, email, role, advertiser_ids) VALUES (1, 'a@example.org', 'advertiser', '{adv-1}') RETURNING member_id`,
  );
  advertiser = { cookie: `clickledger_session=${(await openFor(pool, rows[0].member_id)).token}` };
});
afterEach(() => {
  vi.restoreAllMocks();
  stoppedAtMs = null;
});
afterAll(() => system?.close());

const send = (body: unknown, headers = operator) => system.post(PATH, body, headers);

/** The lines of a reply by the places of their questions, each in a form that the contract names, and no more. */
function linesOf(body: string): QuestionLine[] {
  const lines: QuestionLine[] = [];
  for (const text of body.trimEnd().split('\n')) {
    const line = JSON.parse(text);
    const schema = line.status === 200 ? QuestionAnswered : QuestionRefused;
    expect(lines[line.index]).toBe(undefined);
    lines[line.index] = schema.strict().parse(line);
  }
  return lines;
}
async function ask(questions: unknown[], headers = operator): Promise<QuestionLine[]> {
  const response = await send({ questions }, headers);
  expect(response.statusCode, response.body).toBe(200);
  expect(response.headers['content-type']).toBe('application/x-ndjson');
  const lines = linesOf(response.body);
  expect(lines.filter(Boolean)).toHaveLength(questions.length);
  return lines;
}
const clicksOf = (line: QuestionLine | undefined) =>
  line && 'reply' in line ? line.reply.total_clicks : line?.status;

/** Holds what the engine is asked until it is let go. */
function holdEngine(isHeld: (params: { query: string; query_params?: { tenant?: number } }) => boolean) {
  const { analytics } = system;
  if (!analytics) throw new Error('no analytics');
  // Not the client's own: that one is timed, and asks what is put in its place here.
  const { query } = Object.getPrototypeOf(analytics) as ClickHouseClient;
  let letGo = (): void => undefined;
  const gate = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  const seen = { begun: 0, running: 0, most: 0 };
  const held = async function (this: ClickHouseClient, ...[params]: Parameters<typeof query>) {
    seen.begun++;
    seen.most = Math.max(seen.most, ++seen.running);
    if (isHeld(params)) await gate;
    return query.call(this, params).finally(() => seen.running--);
  };
  vi.spyOn(analytics, 'query').mockImplementation(held as typeof query);
  return { seen, letGo };
}

/** Questions that are all different. */
const distinct = (count: number) =>
  Array.from({ length: count }, (_, i) => ({ ...TOTAL, campaign_id: `camp-${i}` }));

it('each question is answered, or refused, with the status and the body that it gets alone', async () => {
  const questions: Record<string, string | number | string[]>[] = [
    TOTAL,
    { ...TOTAL, group_by: 'country', limit: 1 },
    { ...TOTAL, country: ['DE', 'FR'], not_os: 'iOS' },
    { range: 'today', granularity: 'hour', fill: 'true', timezone: 'Asia/Kolkata' },
    { ...TOTAL, compare: 'previous_period' },
    { granularity: 'total' },
    { ...TOTAL, range: 'last_tuesday' },
    { ...TOTAL, having: 'x' },
    { ...TOTAL, limit: 0 },
    { ...TOTAL, timezone: 'Mars/Base' },
    { range: 'last_12mo', granularity: 'minute' },
    { ...TOTAL, device_type: 'fridge', os: '' },
  ];
  stoppedAtMs = Date.now();
  // Or rows read would differ, of rollups and raw clicks.
  await system.folded();
  const lines = await ask(questions);
  for (const [index, question] of questions.entries()) {
    const query = new URLSearchParams();
    for (const [name, value] of Object.entries(question))
      for (const one of [value].flat()) query.append(name, String(one));
    const alone = await system.app.inject({ url: `/api/v1/analytics/aggregate?${query}`, headers: operator });
    const { reply, ...line } = lines[index] as { reply?: object };
    const body = reply ? { ...reply, query_time_ms: expect.any(Number) } : alone.json();
    expect({ ...line, body: reply ?? alone.json() }).toEqual({
      index,
      status: alone.statusCode,
      ...(reply ? {} : alone.json()),
      body:
        alone.json().query_time_ms === undefined
          ? body
          : { ...alone.json(), query_time_ms: expect.any(Number) },
    });
  }
  expect(lines.map(({ status }) => status)).toEqual([...Array(5).fill(200), ...Array(7).fill(400)]);
  expect(clicksOf(lines[0])).toBe(8);
});

it('what is no question is refused in its place, and costs the others nothing', async () => {
  const lines = await ask([null, TOTAL, 5, 'range=today', [TOTAL], { ...TOTAL, os: { a: 1 } }]);
  expect(lines.map(({ status }) => status)).toEqual([400, 200, 400, 400, 400, 400]);
});

it('as many questions as the contract says, and no more; a body of no more bytes', async () => {
  const { questionsMax, questionsBodyBytesMax } = LIMITS;
  expect(await ask(distinct(questionsMax))).toHaveLength(questionsMax);
  for (const questions of [distinct(questionsMax + 1), []]) {
    const refused = await send({ questions });
    expect(refused.statusCode).toBe(400);
    expect(refused.json().error.fieldErrors).toHaveProperty('questions');
  }
  for (const body of [{}, { questions: TOTAL }, { questions: [TOTAL], more: 1 }])
    expect((await send(body)).statusCode).toBe(400);
  const body = JSON.stringify({ questions: [TOTAL] });
  expect((await send(body.padEnd(questionsBodyBytesMax))).statusCode).toBe(200);
  expect((await send(body.padEnd(questionsBodyBytesMax + 1))).statusCode).toBe(413);
});

it('equal questions are asked once, however they are written, and each place has its line', async () => {
  const { seen } = holdEngine(() => false);
  const alone = await ask([TOTAL]);
  const once = seen.begun;
  const many = await ask([
    TOTAL,
    { granularity: 'total', range: 'last_24h' },
    { ...TOTAL, timezone: 'UTC', fill: 'false', offset: '0' },
    { ...TOTAL, group_by: '' },
  ]);
  expect(many.map(clicksOf)).toEqual(Array(4).fill(clicksOf(alone[0])));
  // An empty list of groups is another question to ask, with the same answer.
  expect(seen.begun).toBe(once * 3);
});

it('a tenant’s questions take their turns, in one request as in many, and leave other tenants theirs', async () => {
  const { seen, letGo } = holdEngine(({ query_params: params }) => params?.tenant === 1);
  const mine = ask(distinct(LIMITS.questionsMax));
  await until(
    () => seen.running,
    (running) => running === QUERIES_EACH_MAX,
  );
  const [theirs] = await ask([TOTAL], readers.get(OTHER));
  expect(clicksOf(theirs)).toBe(0);
  expect(seen.running).toBe(QUERIES_EACH_MAX);
  letGo();
  expect((await mine).every(({ status }) => status === 200)).toBe(true);
  // With the other tenant's one.
  expect(seen.most).toBe(QUERIES_EACH_MAX + 1);
});

it.each(['identity', 'gzip'])('a line comes as soon as it is ready (%s)', async (encoding) => {
  const { letGo } = holdEngine(({ query }) => query.includes('country'));
  const response = await fetch(url + PATH, {
    method: 'POST',
    headers: { ...operator, 'content-type': 'application/json', 'accept-encoding': encoding },
    body: JSON.stringify({ questions: [{ ...TOTAL, group_by: 'country' }, TOTAL] }),
  });
  expect(response.headers.get('content-encoding')).toBe(encoding === 'gzip' ? 'gzip' : null);
  expect(response.headers.get('vary')).toContain('Accept-Encoding');
  expect(response.headers.get('x-accel-buffering')).toBe('no');
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  while (!text.includes('\n')) text += (await reader?.read())?.value;
  expect(JSON.parse(text)).toMatchObject({ index: 1, status: 200 });
  letGo();
  for (let part = await reader?.read(); part?.value !== undefined; part = await reader?.read())
    text += part.value;
  expect(linesOf(text).map(({ status }) => status)).toEqual([200, 200]);
});

it('what a reader who left had not been answered is not asked', async () => {
  const { seen, letGo } = holdEngine(() => true);
  const leave = new AbortController();
  const left = fetch(url + PATH, {
    method: 'POST',
    headers: { ...operator, 'content-type': 'application/json' },
    body: JSON.stringify({ questions: distinct(LIMITS.questionsMax) }),
    signal: leave.signal,
  });
  await until(
    () => seen.running,
    (running) => running === QUERIES_EACH_MAX,
  );
  const connections = () =>
    new Promise<number>((resolve) => system.app.server.getConnections((_, count) => resolve(count)));
  const open = await connections();
  leave.abort();
  await expect(left).rejects.toThrow();
  await until(connections, (count) => count < open);
  letGo();
  await until(
    () => seen.running,
    (running) => running === 0,
  );
  await ask([TOTAL]);
  expect(seen.begun).toBeLessThanOrEqual(QUERIES_EACH_MAX + 2);
});

it('an advertiser is held to the access table by each question, and gets the rows and the fields that it names', async () => {
  const lines = await ask(
    [
      { ...TOTAL, group_by: 'advertiser_id' },
      { ...TOTAL, advertiser_id: 'adv-2' },
      { ...TOTAL, fraud_reason: 'velocity_ip' },
      { ...TOTAL, group_by: 'fraud_reason' },
      { ...TOTAL, having: 'fraud_reason' },
    ],
    advertiser,
  );
  expect(lines.map(clicksOf)).toEqual([5, 0, 403, 403, 403]);
  const [mine] = lines as [QuestionAnswered];
  expect(mine.reply.data.map((row) => row.advertiser_id)).toEqual(['adv-1']);
  expect(Object.keys(mine.reply).sort()).toEqual([
    'data',
    'end_time',
    'sources',
    'start_time',
    'total_clicks',
  ]);
  expect(lines[3]).toMatchObject({ error: { code: 'forbidden' } });
  const [all] = (await ask([TOTAL])) as [QuestionAnswered];
  expect(all.reply.rows_read).toBeGreaterThan(0);
});

it('another tenant’s questions are answered of its own clicks, live and in test mode', async () => {
  const asked = [TOTAL, { ...TOTAL, campaign_id: 'camp-1' }];
  expect((await ask(asked, readers.get(OTHER))).map(clicksOf)).toEqual([0, 0]);
  expect((await ask(asked, readers.get(1))).map(clicksOf)).toEqual([8, 5]);
  const test = await system.post(`${PATH}?mode=test`, { questions: asked }, readers.get(1));
  expect(linesOf(test.body).map(clicksOf)).toEqual([0, 0]);
  expect((await send({ questions: asked }, {})).statusCode).toBe(401);
});

it('each distinct question takes from the rate of its key, and those beyond it are refused in their places', async () => {
  const limited = await readerOf(1, 3);
  stoppedAtMs = Date.now();
  const [first, second, third, fourth] = distinct(4);
  const response = await send({ questions: [first, second, first, third, fourth] }, limited);
  const lines = linesOf(response.body);
  expect(lines.map(({ status }) => status)).toEqual([200, 200, 200, 200, 429]);
  expect(lines[4]).toMatchObject({ error: { code: 'rate_limited' }, retry_after_seconds: 1 });
  expect(response.headers.ratelimit).toMatch(/r=0;/);
  expect((await send({ questions: [first] }, limited)).statusCode).toBe(429);
});

it('while the engine does not answer, each question says so, as it would alone', async () => {
  const pid = system.pids.clickhouse() as number;
  process.kill(pid, 'SIGSTOP');
  try {
    const lines = await ask([TOTAL, { granularity: 'total' }, { ...TOTAL, country: 'DE' }]);
    expect(lines.map(({ status }) => status)).toEqual([503, 400, 503]);
    expect(lines[0]).toMatchObject({ error: { code: 'unavailable' }, retry_after_seconds: 1 });
  } finally {
    process.kill(pid, 'SIGCONT');
  }
  await until(
    () => ask([TOTAL]),
    ([line]) => line?.status === 200,
  );
});
