import { randomUUID } from 'node:crypto';
import type { AuditReply } from '@clickledger/contract';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Click } from '../../click/click.js';
import { NO_FACTS } from '../../click/facts.js';
import { type ImportReply, toImportBatch } from '../../ingest/import-wire.js';
import { startTestSystem, type TestSystem } from '../../testing/system.js';

let system: TestSystem;
beforeAll(async () => {
  system = await startTestSystem({ ROLES: 'ingest' });
});
afterAll(() => system?.close());

const aClick = (fields: Partial<Click> = {}): Click => ({
  tenantId: 1,
  clickId: randomUUID(),
  mayRepeat: true,
  adId: 'ad',
  campaignId: 'c',
  advertiserId: 'a',
  userId: null,
  ipHash: null,
  ...{
    visitorKey: randomUUID().slice(0, 8).repeat(2),
    clickedAtMs: Date.now() - 60_000,
    country: 'DE',
    deviceType: 'mobile',
  },
  os: 'iOS',
  browser: 'Safari',
  userAgent: '',
  referrer: '',
  facts: NO_FACTS,
  ...fields,
});
const send = (clicks: Click[], change: Record<string, unknown> = {}) =>
  system.post('/api/v1/admin/import', { ...toImportBatch(clicks, 'a file'), ...change });
const countClicks = async () => (await system.pool.query('SELECT count(*) AS n FROM click_events')).rows[0].n;

it('stores a batch, and says of the same again which clicks it had, at their places', async () => {
  const clicks = [aClick(), aClick(), aClick({ facts: { ...NO_FACTS, agent: 'bot', agentMatched: 'bot' } })];
  const first = await send(clicks);
  expect(first.statusCode).toBe(202);
  expect(first.json<ImportReply>()).toEqual({ count: 3, duplicates: [], flagged: [2] });
  const second = await send([aClick(), ...clicks.slice(1)]);
  expect(second.json<ImportReply>()).toEqual({ count: 3, duplicates: [1, 2], flagged: [2] });
});

it('an id in two spellings within a batch is one click', async () => {
  const clickId = randomUUID();
  const before = Number(await countClicks());
  const reply = await send([aClick({ clickId }), aClick({ clickId: clickId.toUpperCase() })]);
  expect(reply.json<ImportReply>()).toEqual({ count: 2, duplicates: [1], flagged: [] });
  expect(Number(await countClicks())).toBe(before + 1);
});

it.each<[string, Partial<Click>]>([
  ['columns.adId.values.0', { adId: 'a\0d' }],
  ['columns.campaignId.values.0', { campaignId: 'c\ud800' }],
  ['columns.userId', { userId: 'u\0' }],
  ['columns.userId', { userId: 'u\udfff' }],
  ['columns.userAgent.values.0', { userAgent: 'Mozilla\0' }],
  ['columns.referrer.values.0', { referrer: '\ud800' }],
  ['columns.country.values.0', { country: 'Germany' }],
  ['columns.clickId', { clickId: 'none' }],
  ['columns.clickedAtMs', { clickedAtMs: 1.5 }],
])('a click that can not be stored is a 400 that names %s', async (name, fields) => {
  const before = await countClicks();
  const reply = await send([aClick(fields)]);
  expect(reply.statusCode, reply.body).toBe(400);
  expect(Object.keys(reply.json().error.fieldErrors)).toEqual([name]);
  expect(await countClicks()).toBe(before);
});

it.each<[string, Record<string, unknown>]>([
  ['tenantId', { tenantId: 2 ** 31 }],
  ['tenantId', { tenantId: -1 }],
  ['file', { file: 'a\nb' }],
  ['columns', { columns: null }],
])('a batch that is none is a 400 that names %s', async (name, change) => {
  const reply = await send([aClick()], change);
  expect(reply.statusCode).toBe(400);
  expect(Object.keys(reply.json().error.fieldErrors)).toEqual([name]);
});

it('an unknown tenant is a 404, and a click of the future a 400', async () => {
  expect((await send([aClick()], { tenantId: 999_999 })).statusCode).toBe(404);
  const reply = await send([aClick({ clickedAtMs: Date.now() + 86_400_000 })]);
  expect(reply.statusCode).toBe(400);
  expect(reply.json().error.fieldErrors).toEqual({ 'columns.clickedAtMs': ['Lies in the future'] });
});

it('the end of a file is noted with its counts, and only for a tenant that there is', async () => {
  const end = (change: Record<string, unknown> = {}) =>
    system.post('/api/v1/admin/import/end', {
      file: 'to its end',
      tenantId: 1,
      accepted: 3,
      duplicates: 1,
      flagged: 2,
      ...change,
    });
  await send([aClick()], { file: 'to its end' });
  expect((await end()).statusCode).toBe(204);
  expect((await end({ tenantId: 999_999 })).statusCode).toBe(404);
  expect((await end({ accepted: -1 })).statusCode).toBe(400);
  // The same file again is another import.
  await send([aClick()], { file: 'to its end' });
  const { data } = await system.get<AuditReply>('/api/v1/admin/audit?subject=to%20its%20end');
  expect(data.map(({ action, after }) => [action, after])).toEqual([
    ['import.run', null],
    ['import.finish', { accepted: 3, duplicates: 1, flagged: 2 }],
    ['import.run', null],
  ]);
});
