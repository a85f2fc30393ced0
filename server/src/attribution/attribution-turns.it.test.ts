import { randomUUID } from 'node:crypto';
import type { ClickHouseClient } from '@clickhouse/client';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { stampChunk } from '../ledger/chunks.js';
import type { Attribution } from './attribution.js';
import { AttributionRig } from './testing/rig.js';

/** What a turn does, one at a time: shares of tenants, two relays, stores that are away, and what the ledger or analytics lacks. */
let rig: AttributionRig;
let session: pg.Client;
beforeAll(async () => {
  rig = await AttributionRig.start({ isManual: true });
  session = await openSession();
  await rig.pool.query(
    "INSERT INTO tenants (tenant_id, slug, name) VALUES (2, 'two', 'Two') ON CONFLICT DO NOTHING",
  );
});
afterAll(async () => {
  await session?.end();
  await rig?.close();
});

const HOUR_MS = 3_600_000;
const ago = (ms: number) => Date.now() - ms;

async function openSession(): Promise<pg.Client> {
  const opened = new pg.Client(rig.ledger);
  await opened.connect();
  return opened;
}
const queued = async (tenantId: number) => {
  const { rows } = await rig.pool.query<{ n: number }>(
    'SELECT count(*) AS n FROM attribution_queue WHERE tenant_id = $1',
    [tenantId],
  );
  return rows[0]?.n;
};
const last = async (conversionId: string) => (await rig.history(conversionId)).at(-1);
/** Delivers what was committed, and decides all of it. */
async function attributeAll(attribution: Attribution = rig.attribution()): Promise<void> {
  await rig.delivered();
  await attribution.turn(session, true);
  while (((await queued(1)) ?? 0) + ((await queued(2)) ?? 0) > 0) await attribution.turn(session, true);
}

it('an account with thousands of conversions of invented clicks does not delay another’s, nor are they looked at again', async () => {
  const invented = Array.from({ length: 3_000 }, () => ({
    clickId: randomUUID(),
    convertedAtMs: ago(HOUR_MS),
  }));
  await rig.convert(invented);
  const clickId = await rig.click({ tenantId: 2, clickedAtMs: ago(HOUR_MS) });
  const other = await rig.conversion({ tenantId: 2, clickId });
  await rig.delivered();
  const attribution = rig.attribution({ eachMax: 50, turnMsMax: 0 });
  // Each turn has time for one account.
  await attribution.turn(session, true);
  await attribution.turn(session, true);
  expect(await last(other)).toMatchObject({ status: 'attributed', click: clickId });
  expect(await queued(1)).toBe(2_950);
  await attributeAll();
  const { rows } = await rig.pool.query(
    'SELECT count(*) AS n FROM conversion_states WHERE tenant_id = 1 AND status = $1 AND revision = 0 AND checked_to > 0',
    ['waiting'],
  );
  expect(rows[0].n).toBe(3_000);
  // Clicks of the same account come, and no one of them is among those.
  await rig.clicks(
    Array.from({ length: 20 }, () => ({ clickedAtMs: ago(2 * HOUR_MS), userId: randomUUID() })),
  );
  await rig.delivered();
  await session.query('SELECT look_through_chunks(10)');
  expect(await queued(1)).toBe(0);
});

it('two relays at once, of which one has lost its lock, decide each conversion once', async () => {
  const clicks = await rig.clicks(Array.from({ length: 40 }, () => ({ clickedAtMs: ago(HOUR_MS) })));
  const ids = await rig.convert(clicks.map((clickId) => ({ clickId })));
  await rig.delivered();
  const other = await openSession();
  try {
    const relays = [rig.attribution({ eachMax: 7 }), rig.attribution({ eachMax: 7 })];
    await Promise.all(relays.map((relay, i) => relay.turn(i ? other : session, true)));
  } finally {
    await other.end();
  }
  await attributeAll();
  const { rows } = await rig.pool.query<{ states: number }>(
    'SELECT count(*) AS states FROM attributions WHERE conversion_id = ANY ($1) GROUP BY conversion_id',
    [ids],
  );
  expect(rows.map(({ states }) => states)).toEqual(ids.map(() => 2));
});

it('while analytics is unavailable, conversions wait, and nothing is lost or done twice', async () => {
  const userId = randomUUID();
  const clickId = await rig.click({ userId, clickedAtMs: ago(HOUR_MS) });
  const id = await rig.conversion({ userId });
  await rig.delivered();
  const away = { query: () => Promise.reject(new Error('away')) } as unknown as ClickHouseClient;
  await rig.attribution({ client: away }).turn(session, true);
  expect(await last(id)).toMatchObject({ revision: 0, status: 'waiting' });
  expect(await queued(1)).toBe(1);
  await attributeAll();
  expect(await last(id)).toMatchObject({ revision: 1, click: clickId });
  // A crash after the decision was stored, and before the relay knows: it decides once more.
  await rig.pool.query('INSERT INTO attribution_queue (tenant_id, conversion_id) VALUES (1, $1)', [id]);
  await attributeAll();
  expect(await last(id)).toMatchObject({ revision: 1 });
});

it('while all of analytics is rebuilt, nothing is decided: what is not there yet would be taken for unknown', async () => {
  const userId = randomUUID();
  await rig.click({ userId, clickedAtMs: ago(HOUR_MS) });
  const id = await rig.conversion({ userId });
  await rig.delivered();
  const rebuild = { isRunning: true, progress: { months: null } };
  const attribution = rig.attribution({ rebuild });
  await attribution.turn(session, true);
  expect(await rig.history(id)).toHaveLength(1);
  rebuild.isRunning = false;
  await attribution.turn(session, false);
  expect(await last(id)).toMatchObject({ status: 'attributed' });
});

it('an idle turn asks nothing', async () => {
  const attribution = rig.attribution({ expiredLookMs: HOUR_MS });
  await attributeAll(attribution);
  await attribution.turn(session, false);
  const refuses = { query: () => Promise.reject(new Error('asked')) } as unknown as pg.Client;
  await attribution.turn(refuses, false);
  // It would wait a moment after a failure: it does not.
  const clickId = await rig.click({ clickedAtMs: ago(HOUR_MS) });
  const id = await rig.conversion({ clickId });
  await rig.delivered();
  await attribution.turn(session, true);
  expect(await last(id)).toMatchObject({ status: 'attributed' });
});

it('a click that is a dead letter is found by its ID at once, and by its user when it is delivered at last', async () => {
  const userId = randomUUID();
  await rig.relay.stop();
  const clickId = await rig.click({ userId, clickedAtMs: ago(HOUR_MS) });
  const chunkId = await stampChunk(session, 1_000);
  await session.query('UPDATE chunks SET delivered_at = clock_timestamp() WHERE chunk_id = $1', [chunkId]);
  await session.query(
    `INSERT INTO chunk_parts (chunk_id, first_click_id, last_click_id, state, reason) VALUES ($1, $2, $2, 'set_aside', 'refused')`,
    [chunkId, clickId],
  );
  rig.relay = rig.makeRelay([]);
  rig.relay.start();
  const byId = await rig.conversion({ clickId });
  const byUser = await rig.conversion({ userId });
  await attributeAll();
  expect(await last(byId)).toMatchObject({ status: 'attributed', click: clickId });
  expect(await last(byUser)).toMatchObject({ status: 'waiting' });
  // As the runbook says.
  await session.query(`UPDATE chunk_parts SET state = 'pending', reason = NULL WHERE chunk_id = $1`, [
    chunkId,
  ]);
  await session.query('UPDATE chunks SET delivered_at = NULL WHERE chunk_id = $1', [chunkId]);
  await attributeAll();
  expect(await last(byUser)).toMatchObject({ status: 'attributed', click: clickId });
});

it('a user who is forgotten takes no sale away from its click; a flag still does, and gives it back', async () => {
  const userId = randomUUID();
  const [, clickId] = await rig.clicks([
    { userId, clickedAtMs: ago(2 * HOUR_MS) },
    { userId, clickedAtMs: ago(HOUR_MS) },
  ]);
  const id = await rig.conversion({ userId });
  await attributeAll();
  await rig.pool.query("SELECT forget_user(1, $1, 'salt')", [userId]);
  await rig.pool.query('INSERT INTO attribution_queue (tenant_id, conversion_id) VALUES (1, $1)', [id]);
  await attributeAll();
  expect(await last(id)).toMatchObject({ revision: 1, click: clickId });
  await rig.judge([clickId as string], true);
  await attributeAll();
  expect(await last(id)).toMatchObject({
    status: 'unattributed',
    reason: 'click_flagged',
    anyClick: clickId,
  });
  await rig.judge([clickId as string], false);
  await attributeAll();
  expect(await last(id)).toMatchObject({ cause: 'click_cleared', status: 'attributed', click: clickId });
});

it('a last valid click is found behind hundreds of flagged ones, and before thousands of older ones', async () => {
  const userId = randomUUID();
  await rig.clicks(Array.from({ length: 3_000 }, (_, i) => ({ userId, clickedAtMs: ago(50 * HOUR_MS + i) })));
  const valid = await rig.click({ userId, clickedAtMs: ago(40 * HOUR_MS) });
  await rig.clicks(
    Array.from({ length: 300 }, (_, i) => ({ userId, clickedAtMs: ago(30 * HOUR_MS + i) })),
    true,
  );
  const id = await rig.conversion({ userId });
  await attributeAll();
  expect(await last(id)).toMatchObject({ status: 'attributed', click: valid });
});

it('a change about a closed period counts when it is made', async () => {
  const clicks = await rig.clicks([
    { clickedAtMs: ago(3 * HOUR_MS), campaignId: 'closed' },
    { clickedAtMs: ago(3 * HOUR_MS), campaignId: 'closed' },
  ]);
  const ids = await rig.convert(clicks.map((clickId) => ({ clickId, convertedAtMs: ago(2 * HOUR_MS) })));
  await attributeAll();
  await rig.pool.query("SELECT close_period(1, now() - interval '1 hour', 'test')");
  await rig.judge([clicks[0] as string], true);
  await attributeAll();
  expect(await last(ids[0] as string)).toMatchObject({ status: 'unattributed', deferred: true });
  await rig.delivered();
  const result = await rig.client.query({
    query: `SELECT at < now() - INTERVAL 1 HOUR AS isClosed, toInt32(sum(sign)) AS n FROM conversion_events
      WHERE campaign_id = 'closed' AND basis = 'conversion' AND status = 'attributed' AND bitAnd(views, 1) = 1
      GROUP BY isClosed ORDER BY isClosed DESC`,
    format: 'JSONEachRow',
  });
  expect(await result.json()).toEqual([
    { isClosed: 1, n: 2 },
    { isClosed: 0, n: -1 },
  ]);
});
