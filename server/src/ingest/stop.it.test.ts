import type { ErrorReply } from '@clickledger/contract';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { aClick, startTestSystem, type TestSystem } from '../testing/system.js';

let system: TestSystem;
beforeAll(async () => {
  system = await startTestSystem({ ROLES: 'ingest' });
});
afterAll(() => system?.close());

it('once ingestion stops, what was submitted is answered, and what comes is refused, to be sent again', async () => {
  const ingest = system.services.ingest?.ingest;
  const before = Array.from({ length: 20 }, () => system.post('/api/v1/clicks', aClick()));
  const first = await Promise.race(before);
  expect(first.statusCode).toBe(202);
  await ingest?.stop();
  for (const reply of await Promise.all(before)) expect([202, 503]).toContain(reply.statusCode);
  const late = await system.post('/api/v1/clicks', aClick());
  expect([late.statusCode, late.json<ErrorReply>().error.code]).toEqual([503, 'stopping']);
  expect(late.headers['retry-after']).toBeDefined();
  const stored = await system.pool.query('SELECT FROM click_events');
  const answered = (await Promise.all(before)).filter(({ statusCode }) => statusCode === 202);
  expect(stored.rowCount).toBe(answered.length);
});
