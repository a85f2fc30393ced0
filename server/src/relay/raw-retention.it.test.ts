import { randomUUID } from 'node:crypto';
import type { AggregateReply, RebuildReply, ReconciliationReply } from '@clickledger/contract';
import type pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { droppedMonths, dropRawMonth, monthOf } from '../analytics/rollups/dropped-months.js';
import { NO_FACTS } from '../click/facts.js';
import { toImportBatch } from '../ingest/import-wire.js';
import { maintainLedger } from '../ledger/maintain.js';
import { DAY_MS, makePastDay } from '../testing/past-days.js';
import { startTestSystem, type TestSystem } from '../testing/system.js';
import { dropPassedMonths } from './raw-retention.js';

/** The first of a month, at some hour of it. */
const monthAgo = (count: number) => {
  const now = new Date();
  return Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - count, 1);
};
const OLD = monthAgo(3);
const OLDER = monthAgo(4);
const BEFORE_MS = Date.now() - 40 * DAY_MS;
/** Of a month that is not that old, and before any click came in. */
const RECENT = Math.floor(BEFORE_MS / DAY_MS) * DAY_MS;

/** Clicks come in on days that retention will drop, one after the other. */
let receivedAtMs = Date.now() - 39 * DAY_MS;
let system: TestSystem;
let session: pg.PoolClient;
beforeAll(async () => {
  system = await startTestSystem({}, { now: () => receivedAtMs, reconcileEveryMs: 100 });
  await makePastDay(system.pool, receivedAtMs);
  session = await system.pool.connect();
});
afterAll(async () => {
  session?.release();
  await system?.close();
});

const client = () => {
  if (!system.analytics) throw new Error('no analytics');
  return system.analytics;
};
const read = async <T>(query: string) => (await client().query({ query, format: 'JSONEachRow' })).json<T>();

/** Brings clicks of a past time, a minute apart, of two countries, the third of each ten flagged. */
async function bring(fromMs: number, count: number): Promise<void> {
  const clicks = Array.from({ length: count }, (_, i) => ({
    tenantId: 1,
    clickId: randomUUID(),
    mayRepeat: true,
    ...{
      adId: `ad-${i % 5}`,
      campaignId: `c-${i % 2}`,
      advertiserId: 'v',
      userId: `user-${i}`,
      ipHash: null,
    },
    ...{
      visitorKey: randomUUID().slice(0, 8).repeat(2),
      country: i % 2 ? 'DE' : 'US',
      deviceType: 'mobile' as const,
    },
    ...{
      os: 'iOS',
      browser: 'Safari',
      userAgent: '',
      referrer: '',
      clickedAtMs: fromMs + i * 60_000,
      facts: NO_FACTS,
    },
  }));
  const reply = await system.post('/api/v1/admin/import', toImportBatch(clicks, 'old'));
  expect(reply.statusCode, reply.body).toBe(202);
  await system.folded();
}
const allChecked = () =>
  system.untilRelayed(
    () => system.get<ReconciliationReply>('/api/v1/admin/reconciliation'),
    (reply) => reply.unchecked_chunks === 0,
  );
/** The ledger's retention drops all that it has so far; what comes from now on is received on a later day. */
async function dropFromLedger(): Promise<void> {
  await allChecked();
  receivedAtMs += DAY_MS;
  await makePastDay(system.pool, receivedAtMs);
  const retentionDays = Math.floor(Date.now() / DAY_MS) - Math.floor(receivedAtMs / DAY_MS);
  await maintainLedger(system.pool, { dedupWindowDays: 7, retentionDays });
}
const drop = () => dropPassedMonths(session, client(), BEFORE_MS);
const aggregate = (fromMs: number, rest: string) =>
  `/api/v1/analytics/aggregate?start_time=${new Date(fromMs).toISOString()}&end_time=${new Date(fromMs + 2 * DAY_MS).toISOString()}&${rest}`;
const counts = async (fromMs: number) =>
  Promise.all(
    [
      'granularity=minute',
      'granularity=hour&group_by=country',
      'granularity=day&group_by=country,campaign_id',
    ].map(async (rest) => (await system.get<AggregateReply>(aggregate(fromMs, rest))).data),
  );
const rawRows = () =>
  read<{ month: number; n: string }>(
    'SELECT toYYYYMM(clicked_at) AS month, count() AS n FROM click_events GROUP BY month ORDER BY month',
  );

let before: Awaited<ReturnType<typeof counts>>;

it('a month that has a chunk in the ledger stays, however old', async () => {
  await bring(OLDER, 30);
  await bring(OLD, 40);
  before = await counts(OLD);
  expect(before[0]?.reduce((sum, row) => sum + row.clicks, 0)).toBe(40);
  expect(await drop()).toEqual([]);
  expect(await rawRows()).toHaveLength(2);
});

it('a month that the ledger has dropped too goes; what the rollups answer stays', async () => {
  await dropFromLedger();
  await bring(RECENT, 10);
  await bring(OLDER, 10);
  expect(await drop()).toEqual([monthOf(OLD)]);
  expect((await rawRows()).map(({ month }) => month)).toEqual(
    [...new Set([monthOf(OLDER), monthOf(RECENT)])].sort(),
  );
  expect(await droppedMonths(client())).toEqual([monthOf(OLD)]);
  expect(await counts(OLD)).toEqual(before);
});

it('a question that needs single clicks of a dropped month is refused in words; one that does not is answered', async () => {
  const three = 'granularity=day&group_by=country,campaign_id,device_type';
  const reply = await system.app.inject({ url: aggregate(OLD, three) });
  expect(reply.statusCode).toBe(400);
  const { error } = reply.json();
  expect(error.fieldErrors.start_time[0]).toContain(new Date(monthAgo(2)).toISOString());
  // Not in whole minutes: its ends are single clicks.
  expect((await system.app.inject({ url: aggregate(OLD + 1_234, 'granularity=total') })).statusCode).toBe(
    400,
  );
  const recent = await system.get<AggregateReply>(aggregate(RECENT, three));
  expect(recent.data.reduce((sum, row) => sum + row.clicks, 0)).toBe(10);
});

it('a crash between the note and the drops is made up for', async () => {
  await dropFromLedger();
  await bring(RECENT, 5);
  await client().command({
    query: `INSERT INTO dropped_months (month) VALUES (${monthOf(OLDER)})`,
    clickhouse_settings: { readonly: '0' },
  });
  expect(await drop()).toEqual([monthOf(OLDER)]);
  expect(await droppedMonths(client())).toEqual([monthOf(OLDER), monthOf(OLD)]);
  expect(await read('SELECT month FROM dropped_months')).toHaveLength(2);
  await dropRawMonth(client(), monthOf(OLD)); // once more changes nothing
});

it('a late import into a dropped month adds to its counts; nothing makes them anew from what is left', async () => {
  await bring(OLD, 6);
  expect(await allChecked()).toMatchObject({ differences_found: 0 });
  const after = await counts(OLD);
  expect(after[0]?.reduce((sum, row) => sum + row.clicks, 0)).toBe(46);
  await system.post('/api/v1/admin/rebuild', {});
  const done = await system.untilRelayed(
    () => system.get<RebuildReply>('/api/v1/admin/rebuild'),
    ({ state }) => state === 'done' || state === 'failed',
  );
  expect(done).toMatchObject({ state: 'done', error: null });
  expect(await counts(OLD)).toEqual(after);
});
