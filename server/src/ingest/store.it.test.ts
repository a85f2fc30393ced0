import { randomUUID } from 'node:crypto';
import type { ClickReply } from '@clickledger/contract';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { aClick, startTestSystem, type TestSystem } from '../testing/system.js';

// Rows that the contract lets through and the database does not: made by constraints of the tests' own.
let system: TestSystem;
beforeAll(async () => {
  system = await startTestSystem({ ROLES: 'ingest' });
  await system.pool.query(`
    ALTER TABLE click_events ADD CONSTRAINT no_ours CHECK (referrer <> 'breaks a constraint');
    ALTER TABLE click_events ADD CONSTRAINT no_theirs
      CHECK (CASE WHEN referrer = 'is out of range' THEN user_agent::integer END IS NULL);`);
});
afterAll(() => system?.close());

const CLICKS = '/api/v1/clicks';
const isStored = async (clickId: string) =>
  (await system.pool.query('SELECT FROM click_events WHERE click_id = $1', [clickId])).rowCount === 1;

it.each([
  ['breaks a constraint', 500, 'ledger_refused'],
  ['is out of range', 422, 'not_storable'],
])('one click that %s does not fail the others of its batch', async (referrer, status, code) => {
  const bad = aClick({ click_id: randomUUID(), referrer, user_agent: 'no number' });
  const good = Array.from({ length: 20 }, () => aClick({ click_id: randomUUID() }));
  const keyed = { 'idempotency-key': randomUUID() };
  const shared = good[0] as (typeof good)[number];
  // All of them at once, so that they share a commit; two with one key, two with one click id, one that brings ten.
  const [refused, refusedAgain, ten, sharing, ...stored] = await Promise.all([
    system.post(CLICKS, bad, keyed),
    system.post(CLICKS, bad, keyed),
    system.post(`${CLICKS}/batch`, { clicks: good.slice(10) }),
    system.post(`${CLICKS}/batch`, { clicks: [shared, bad] }),
    ...good.slice(0, 10).map((click) => system.post(CLICKS, click)),
  ]);
  for (const reply of [refused, refusedAgain, sharing]) {
    expect(reply.statusCode, reply.body).toBe(status);
    expect(reply.json().error.code).toBe(code);
    expect(reply.headers['retry-after']).toBeUndefined();
  }
  expect(ten.statusCode).toBe(202);
  for (const reply of stored) {
    expect(reply.statusCode).toBe(202);
    expect(reply.json<ClickReply>().is_duplicate).toBe(false);
  }
  for (const { click_id } of good) expect(await isStored(click_id as string)).toBe(true);
  expect(await isStored(bad.click_id as string)).toBe(false);
  // Nothing of it is remembered: mended, it is a new click.
  const mended = await system.post(CLICKS, { ...bad, referrer: '' }, { 'idempotency-key': randomUUID() });
  expect(mended.statusCode).toBe(202);
});
