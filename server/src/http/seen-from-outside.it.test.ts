import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { makeLog } from '../lib/log.js';
import { type OtlpReceiver, startOtlpReceiver } from '../testing/otlp-receiver.js';
import { aClick, startTestSystem, type TestSystem } from '../testing/system.js';
import { until } from '../testing/wait.js';

const ROOT = new URL('../../../', import.meta.url);
const lines: string[] = [];
let receiver: OtlpReceiver;
let system: TestSystem;
beforeAll(async () => {
  receiver = await startOtlpReceiver();
  vi.stubEnv('OTEL_BSP_SCHEDULE_DELAY', '50');
  vi.stubEnv('OTEL_EXPORTER_OTLP_ENDPOINT', receiver.url);
  system = await startTestSystem(
    { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json' },
    { log: makeLog({ level: 'debug', node: 'test' }, { write: (line) => void lines.push(line) }) },
  );
});
afterAll(async () => {
  await system?.close();
  receiver?.close();
});

const metrics = async () => (await system.app.inject('/metrics')).body;
/** The value of a series, as `clickledger_clicks_total{result="accepted"}`. */
async function figureOf(series: string): Promise<number> {
  const line = (await metrics()).split('\n').find((one) => one.startsWith(`${series} `));
  return line === undefined ? Number.NaN : Number(line.slice(series.length));
}

const PERSON = {
  user_id: 'jane.doe@example.org',
  referrer: 'https://example.org/janes-page',
  ip: '203.0.113.77',
  agent: 'Mozilla/5.0 (JanesOwnBrowser)',
};
const headersOf = (more: Record<string, string> = {}) => ({
  'x-forwarded-for': PERSON.ip,
  'user-agent': PERSON.agent,
  ...more,
});

it('a reply names its request: by the id that came with it if it is sane, else by one of our own', async () => {
  const given = await system.post('/api/v1/clicks', aClick(), { 'x-request-id': 'balancer:42.a_b-c' });
  expect(given.headers['x-request-id']).toBe('balancer:42.a_b-c');
  for (const insane of ['a b', 'a\tb', 'x'.repeat(65), '<script>', 'ä']) {
    const { headers } = await system.post('/api/v1/clicks', aClick(), { 'x-request-id': insane });
    expect(headers['x-request-id']).toMatch(/^[\w-]{8,32}$/);
  }
  const own = await Promise.all(['/health', '/health', '/nowhere'].map((url) => system.app.inject({ url })));
  expect(new Set(own.map(({ headers }) => headers['x-request-id'])).size).toBe(3);
});

it('each stage is counted', async () => {
  const before = {
    accepted: await figureOf('clickledger_clicks_total{result="accepted"}'),
    duplicate: await figureOf('clickledger_clicks_total{result="duplicate"}'),
    invalid: await figureOf('clickledger_clicks_refused_total{reason="invalid"}'),
  };
  const click_id = '018f3c1e-0000-7000-8000-00000000abcd';
  await system.post('/api/v1/clicks', aClick({ click_id }));
  await system.post('/api/v1/clicks', aClick({ click_id }));
  await system.post('/api/v1/clicks', { ad_id: 1 });
  await system.post('/api/v1/clicks/batch', { clicks: [aClick(), {}] });
  await system.post('/api/v1/clicks', aClick(), { 'idempotency-key': 'one' });
  await system.post('/api/v1/clicks', aClick({ user_id: 'other' }), { 'idempotency-key': 'one' });
  await system.caughtUp();
  await system.get(
    '/api/v1/analytics/aggregate?start_time=2025-01-01T00:00:00Z&end_time=2025-01-02T00:00:00Z&granularity=day',
  );

  expect((await figureOf('clickledger_clicks_total{result="accepted"}')) - before.accepted).toBe(3);
  expect((await figureOf('clickledger_clicks_total{result="duplicate"}')) - before.duplicate).toBe(1);
  expect((await figureOf('clickledger_clicks_refused_total{reason="invalid"}')) - before.invalid).toBe(2);
  expect(await figureOf('clickledger_clicks_refused_total{reason="key_reused"}')).toBe(1);
  for (const histogram of [
    'batch_clicks',
    'commit_seconds',
    'guard_seconds',
    'relay_chunk_clicks',
    'relay_chunk_seconds',
  ])
    expect(await figureOf(`clickledger_${histogram}_count`), histogram).toBeGreaterThan(0);
  expect(await figureOf('clickledger_query_seconds_count{kind="request"}')).toBeGreaterThan(0);
  await until(
    () => figureOf('clickledger_query_seconds_count{kind="relay"}'),
    (count) => count > 0,
  );
  expect(
    await figureOf(
      'clickledger_http_request_seconds_count{route="/api/v1/analytics/aggregate",status="2xx"}',
    ),
  ).toBe(1);
  await until(
    () => figureOf('clickledger_relay_lag_clicks'),
    (clicks) => clicks === 0,
  );
  for (const store of ['postgres', 'redis', 'clickhouse'])
    expect(await figureOf(`clickledger_store_up{store="${store}"}`), store).toBe(1);
});

it('traces show a batch with its steps and the requests in it, a chunk, and a request that reads', async () => {
  const traceId = 'c'.repeat(32);
  const traceparent = `00-${traceId}-${'d'.repeat(16)}-01`;
  await system.post('/api/v1/clicks', aClick(), { traceparent });
  await system.app.inject({ url: '/api/v1/admin/stats', headers: { traceparent } });
  await system.caughtUp();
  const spans = await until(
    () => receiver.spans,
    (seen) =>
      ['ingest batch', 'GET /api/v1/admin/stats'].every((name) =>
        seen.some((span) => span.name === name && span.traceId === traceId),
      ) && seen.some(({ name }) => name === 'relay chunk'),
  );
  const childrenOf = (spanId: string | undefined) =>
    spans.filter(({ parentSpanId }) => parentSpanId === spanId).map(({ name }) => name);
  // Alone in its batch, so its trace is the batch's.
  const batch = spans.find((span) => span.name === 'ingest batch' && span.traceId === traceId);
  expect(childrenOf(batch?.spanId)).toEqual(['guard look-up', 'ledger commit']);
  const chunk = spans.find(({ name }) => name === 'relay chunk');
  expect(childrenOf(chunk?.spanId)).toEqual(['analytics load', 'mark']);
});

it('every metric that deploy/ asks for is there, and every alert names a part of the runbook', async () => {
  const has = await metrics();
  const deploy = new URL('deploy/', ROOT);
  const texts = ['prometheus/alerts.yml', 'grafana/clickledger.json'].map((name) =>
    readFileSync(new URL(name, deploy), 'utf8'),
  );
  const names = new Set(texts.flatMap((text) => text.match(/\bclickledger_\w+/g) ?? []));
  expect(names.size).toBeGreaterThan(15);
  for (const name of names)
    expect(has, name).toMatch(
      new RegExp(`^# TYPE ${name.replace(/_(?:bucket|sum|count)$/, '(?:_bucket|_sum|_count)?')} `, 'm'),
    );

  const runbook = readFileSync(new URL('docs/runbook.md', ROOT), 'utf8');
  const anchors = new Set(
    [...runbook.matchAll(/^## (.+)$/gm)].map(([, title = '']) =>
      title
        .toLowerCase()
        .replace(/[^\w\s-]/g, '')
        .replaceAll(' ', '-'),
    ),
  );
  const alerts = texts[0]?.match(/- alert: \w+/g) ?? [];
  const links = [...(texts[0]?.matchAll(/runbook: docs\/runbook\.md#([\w-]+)/g) ?? [])].map(
    ([, anchor]) => anchor,
  );
  expect(alerts.length).toBeGreaterThan(8);
  expect(links).toHaveLength(alerts.length);
  for (const anchor of links) expect(anchors, anchor).toContain(anchor);
  expect(readdirSync(deploy).sort()).toContain('docker-compose.yml');
});

it('an error in the log names its request, and no line says who clicked', async () => {
  // Every kind of trouble that a person's click can get into.
  await system.post('/api/v1/clicks', aClick(PERSON), headersOf());
  await system.post('/api/v1/clicks', aClick({ ...PERSON, timestamp: 'yesterday' }), headersOf());
  await system.post('/api/v1/clicks', `{"user_id":"${PERSON.user_id}"`, headersOf());
  await system.app.inject({
    url: `/api/v1/analytics/aggregate?user_id=${PERSON.user_id}`,
    headers: headersOf(),
  });
  await system.app.inject({ url: `/nowhere/${PERSON.user_id}`, headers: headersOf() });
  await system.pool.query('SELECT $1::uuid', [PERSON.user_id]).catch(() => undefined);
  await system.pool.query('ALTER TABLE click_events ADD CONSTRAINT nobody CHECK (user_id IS NULL) NOT VALID');
  const failed = await system.post(
    '/api/v1/clicks',
    aClick(PERSON),
    headersOf({ 'x-request-id': 'the-failed-one' }),
  );
  await system.pool.query('ALTER TABLE click_events DROP CONSTRAINT nobody');
  expect(failed.statusCode).toBe(500);
  expect(failed.json().error).toMatchObject({
    code: 'ledger_refused',
    message: expect.stringContaining('the-failed-one'),
  });
  await system.pool.query('ALTER TABLE campaigns RENAME TO campaigns_away');
  const read = await system.app.inject({
    url: '/api/v1/campaigns',
    // From this machine: the open server answers nobody else.
    headers: { 'user-agent': PERSON.agent, 'x-request-id': 'the-read' },
  });
  await system.pool.query('ALTER TABLE campaigns_away RENAME TO campaigns');
  expect(read.statusCode).toBe(500);
  expect(read.json().error).toMatchObject({
    code: 'internal',
    message: expect.stringContaining('the-read'),
  });

  const entries = lines.map(
    (line) => JSON.parse(line) as { level: number; requestId?: string; stack?: string },
  );
  expect(entries.find(({ requestId }) => requestId === 'the-failed-one')).toMatchObject({
    level: 50,
  });
  expect(entries.find(({ requestId }) => requestId === 'the-read')).toMatchObject({
    level: 50,
    route: '/api/v1/campaigns',
    stack: expect.stringContaining('entity-list'),
  });
  const log = lines.join('');
  for (const [what, value] of Object.entries(PERSON)) expect(log.includes(value), what).toBe(false);
});
