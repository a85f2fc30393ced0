import { randomUUID } from 'node:crypto';
import type { LightMyRequestResponse } from 'fastify';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { aClick, startTestSystem, type TestSystem } from '../testing/system.js';
import { until } from '../testing/wait.js';
import { QUEUE_CONVERSIONS_MAX } from './queue.js';

const URL = '/api/v1/conversions';
let system: TestSystem;
beforeAll(async () => {
  system = await startTestSystem();
  await system.pool.query("INSERT INTO tenants (tenant_id, slug, name) VALUES (2, 'other', 'Other')");
});
afterAll(() => system?.close());

const aSale = () => ({ action: 'sale', click_id: randomUUID(), order_id: randomUUID() });
const waitingAppends = `SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%append_conversions%'`;

/** Runs `work` while a commit of conversions is in flight and can't end; then lets it go on. */
async function whileOneCommits<T>(
  work: () => Promise<T>,
): Promise<{ blocked: LightMyRequestResponse; given: T }> {
  const client = await system.pool.connect();
  try {
    await client.query('BEGIN');
    await client.query('LOCK TABLE conversion_keys IN ACCESS EXCLUSIVE MODE');
    const blocked = system.post(URL, aSale());
    await until(
      () => system.pool.query(waitingAppends),
      ({ rowCount }) => rowCount === 1,
    );
    const given = await work();
    await client.query('ROLLBACK');
    return { blocked: await blocked, given };
  } finally {
    client.release();
  }
}
const intake = () => {
  const role = system.services.conversions;
  if (!role) throw new Error('no conversions are taken');
  return role.intake;
};
/** A request of one conversion, without HTTP. */
const submit = (tenantId: number) =>
  intake().submit({
    tenantId,
    source: 'postback',
    madeBy: 'test',
    idempotency: null,
    conversions: [],
    isAlone: false,
    requestId: 'test',
  });

it('one tenant’s flood fills its own queue: it gets 503 with Retry-After, others’ conversions wait, and clicks do not', async () => {
  const { blocked, given } = await whileOneCommits(async () => {
    const flood = Array.from({ length: QUEUE_CONVERSIONS_MAX }, () => submit(1));
    const full = await system.post(URL, aSale());
    const unparsed = await system.post(URL, '{"no": JSON');
    const batch = await system.post(`${URL}/batch`, { conversions: [aSale()] });
    const other = submit(2);
    const click = await system.post('/api/v1/clicks', aClick());
    return { flood, full, unparsed, batch, other, click };
  });
  for (const reply of [given.full, given.unparsed, given.batch]) {
    expect([reply.statusCode, reply.json().error.code]).toEqual([503, 'queue_full']);
    expect(reply.headers['retry-after']).toBe('1');
  }
  expect(given.click.statusCode).toBe(202);
  expect(blocked.statusCode).toBe(202);
  await Promise.all([...given.flood, given.other]);
  expect(intake().queued).toBe(0);
  expect((await system.post(URL, aSale())).statusCode).toBe(202);
});

it('a ledger that goes away is 503 with Retry-After: nothing was acknowledged, and the same request is taken afterwards', async () => {
  const sale = aSale();
  const key = { 'idempotency-key': 'ledger-away' };
  const { blocked, given } = await whileOneCommits(async () => {
    const waiting = system.post(URL, sale, key);
    await until(
      () => intake().queued,
      (count) => count === 1,
    );
    await system.pool.query(`SELECT pg_terminate_backend(pid) FROM (${waitingAppends}) AS waiting`);
    return { waiting };
  });
  expect([blocked.statusCode, blocked.json().error.code, blocked.headers['retry-after']]).toEqual([
    503,
    'ledger_unavailable',
    '1',
  ]);
  expect((await given.waiting).statusCode).toBe(202);
  expect((await system.post(URL, sale, key)).statusCode).toBe(200);
  expect((await system.post(URL, aSale())).statusCode).toBe(202);
});

it('a row that PostgreSQL refuses fails its own request, and no other’s', async () => {
  const bad = {
    conversionId: randomUUID(),
    action: 'sale',
    orderId: 'a\u0000',
    clickId: randomUUID(),
    userId: null,
    valueMicros: 0n,
    currency: null,
    convertedAtMs: Date.now(),
    isImport: false,
  };
  const of = (orderId: string) =>
    intake().submit({
      tenantId: 1,
      source: 'api',
      madeBy: 'test',
      idempotency: null,
      conversions: [{ ...bad, conversionId: randomUUID(), orderId }],
      isAlone: true,
      requestId: 'test',
    });
  const [refused, taken] = await Promise.allSettled([of('a\u0000'), of('a')]);
  expect(refused).toMatchObject({ status: 'rejected', reason: { code: 'not_storable', status: 422 } });
  expect(taken).toMatchObject({ status: 'fulfilled', value: { isRepeat: false } });
});
