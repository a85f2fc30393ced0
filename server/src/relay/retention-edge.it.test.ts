import { randomUUID } from 'node:crypto';
import type { ClickReply, RebuildReply, ReconciliationReply, StatsReply } from '@clickledger/contract';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { monthOf } from '../analytics/rollups/dropped-months.js';
import { maintainLedger } from '../ledger/maintain.js';
import { readWatermark } from '../ledger/retention.js';
import { LOCKS } from '../lib/locks.js';
import { appendAdjustments } from '../review/adjustments.js';
import { DAY_MS, daysSince, makePastDay } from '../testing/past-days.js';
import { aClick, startTestSystem, type TestSystem } from '../testing/system.js';

const today = new Date();
/** Midnight between the last day of the month before last and the first of the last one. */
const MIDNIGHT = Date.UTC(today.getUTCFullYear(), today.getUTCMonth() - 1, 1);
const DROPPED_MONTH = monthOf(MIDNIGHT - 1);
const CUT_MONTH = monthOf(MIDNIGHT);
const WHOLE_MONTH = monthOf(Date.now());

let nowMs = MIDNIGHT - 3_600_000;
let system: TestSystem;
beforeAll(async () => {
  system = await startTestSystem({}, { now: () => nowMs, reconcileEveryMs: 100 });
  await makePastDay(system.pool, MIDNIGHT - 1);
  await makePastDay(system.pool, MIDNIGHT);
});
afterAll(() => system?.close());

const client = () => {
  if (!system.analytics) throw new Error('no analytics');
  return system.analytics;
};
let people = 0;
/** Of as many people at as many addresses, so that no rule speaks. */
const send = async (count: number) => {
  const clicks = Array.from({ length: count }, () => {
    const n = people++;
    return aClick({ click_id: randomUUID(), user_id: `user-${n}`, ip_address: `8.8.${n >> 8}.${n & 255}` });
  });
  const reply = await system.post('/api/v1/clicks/batch', { clicks });
  expect(reply.statusCode, reply.body).toBe(202);
  return clicks.map(({ click_id }) => click_id);
};
const sendAt = (ms: number, count: number) => {
  nowMs = ms;
  return send(count);
};
/** Sends while nothing can be stamped, so that all of it is in one chunk. */
async function inOneChunk(work: () => Promise<unknown>): Promise<void> {
  const session = await system.pool.connect();
  await session.query('SELECT pg_advisory_lock($1)', [LOCKS.chunks]);
  try {
    await work();
  } finally {
    session.release(true);
  }
  await system.folded();
}
const flag = async (clickId: string) => {
  const { rows } = await system.pool.query(
    `SELECT click_id AS "clickId", batch_id AS "batchId", (extract(epoch FROM received_at) * 1000)::bigint AS "receivedAtMs"
     FROM click_events WHERE click_id = $1`,
    [clickId],
  );
  const clicks = rows.map((row) => ({ ...row, reason: 'inhuman_regularity', evidence: '{}' }));
  const by = { tenantId: 1, madeAtMs: nowMs, madeBy: 'test', rulesVersion: 1, isFraudulent: true };
  expect(await appendAdjustments(system.pool, { ...by, clicks })).toBe(1);
  await system.folded();
};
const reconciliation = () => system.get<ReconciliationReply>('/api/v1/admin/reconciliation');
const allChecked = () => system.untilRelayed(reconciliation, (reply) => reply.unchecked_chunks === 0);
const checkAnew = () => system.pool.query('UPDATE chunks SET reconciled_at = NULL');
const damage = (query: string) =>
  client().command({ query, clickhouse_settings: { readonly: '0', mutations_sync: '2' } });
const clicksByMonth = async () => {
  const rows = await (
    await client().query({
      query: `SELECT toYYYYMM(bucket) AS month, sum(clicks) AS n, sum(fraud) AS f FROM clicks_by_hour WHERE dimensions = 0
        GROUP BY month ORDER BY month`,
      format: 'JSONEachRow',
    })
  ).json<{ month: number; n: string; f: string }>();
  return rows.map(({ month, n, f }) => [month, Number(n), Number(f)]);
};
const rebuilt = () =>
  system.untilRelayed(
    () => system.get<RebuildReply>('/api/v1/admin/rebuild'),
    ({ state }) => state === 'done' || state === 'failed',
  );

let byMonth: Awaited<ReturnType<typeof clicksByMonth>>;

it('dropping a day leaves a chunk over midnight and an adjustment of a dropped click without a difference', async () => {
  let dropped: string[] = [];
  await inOneChunk(() => sendAt(MIDNIGHT - 3_600_000, 8));
  await inOneChunk(async () => {
    dropped = await sendAt(MIDNIGHT - 100, 30);
    await sendAt(MIDNIGHT + 100, 20);
  });
  await inOneChunk(() => sendAt(MIDNIGHT + 3_600_000, 10));
  await flag(dropped[0] as string);
  nowMs = Date.now();
  await inOneChunk(() => send(5));
  expect(await allChecked()).toMatchObject({ differences_found: 0 });
  byMonth = await clicksByMonth();
  expect(byMonth).toEqual([
    [DROPPED_MONTH, 38, 1],
    [CUT_MONTH, 30, 0],
    [WHOLE_MONTH, 5, 0],
  ]);

  await maintainLedger(system.pool, { dedupWindowDays: 7, retentionDays: daysSince(MIDNIGHT) });
  const { rows } = await system.pool.query(
    `SELECT count(*) AS clicks, min(received_at) >= to_timestamp($1 / 1000.0) AS "isKept" FROM click_events`,
    [MIDNIGHT],
  );
  expect(rows[0]).toEqual({ clicks: 35, isKept: true });
  expect(await readWatermark(system.pool)).toEqual({ keptFromMs: MIDNIGHT, droppedThroughChunk: 2 });

  await checkAnew();
  expect(await allChecked()).toMatchObject({ differences_found: 0, differences_open: 0 });
  // The sweep goes over them once more.
  const swept = async () =>
    Number(
      (await system.services.registry.getSingleMetricAsString('clickledger_reconciled_chunks_total')).match(
        / (\d+)$/m,
      )?.[1],
    );
  const before = await swept();
  await system.untilRelayed(swept, (count) => count >= before + 3);
  expect(await reconciliation()).toMatchObject({ differences_found: 0 });
});

it('totals hold what was dropped, and add up with what is left', async () => {
  const { rows } = await system.pool.query(
    `SELECT t.chunks = w.dropped_chunks + c.n AS chunks, t.clicks = w.dropped_clicks + c.clicks AS clicks,
            t.fraud = w.dropped_fraud + c.fraud AS fraud, w.dropped_chunks AS dropped
     FROM ledger_totals t, retention_watermark w, (
       SELECT count(*) AS n, sum(click_count) AS clicks, sum(fraud_count) AS fraud FROM chunks
     ) AS c`,
  );
  expect(rows).toEqual([{ chunks: true, clicks: true, fraud: true, dropped: 1 }]);
  const stats = await system.get<StatsReply>('/api/v1/admin/stats');
  expect(stats.ledger).toEqual({ clicks: 73, fraud_clicks: 1 });
  expect(stats.analytics).toEqual({ clicks: 73, fraud_clicks: 1 });
});

it('a rebuild exchanges the months that the ledger has whole, keeps the others, and says which', async () => {
  await system.post('/api/v1/admin/rebuild', {});
  expect(await rebuilt()).toMatchObject({
    state: 'done',
    months_exchanged: [WHOLE_MONTH],
    months_kept: [DROPPED_MONTH, CUT_MONTH],
    clicks_done: 15,
    clicks_total: 15,
  });
  expect(await clicksByMonth()).toEqual(byMonth);
});

it('a difference counts as repaired only when its month was exchanged', async () => {
  await allChecked();
  await damage(
    `ALTER TABLE click_events DELETE WHERE toYYYYMM(clicked_at) = ${CUT_MONTH} AND chunk_id > 2
       AND click_id = (SELECT min(click_id) FROM click_events WHERE toYYYYMM(clicked_at) = ${CUT_MONTH} AND chunk_id > 2)`,
  );
  await checkAnew();
  const kept = await system.untilRelayed(reconciliation, (reply) => reply.differences_found > 0);
  await system.untilRelayed(rebuilt, ({ months }) => months !== null);
  expect(await rebuilt()).toMatchObject({ months_exchanged: [], months_kept: [CUT_MONTH], clicks_done: 0 });

  await damage(
    `ALTER TABLE click_events DELETE WHERE click_id = (SELECT min(click_id) FROM click_events WHERE toYYYYMM(clicked_at) = ${WHOLE_MONTH})`,
  );
  await checkAnew();
  const after = await system.untilRelayed(
    reconciliation,
    (reply) =>
      reply.differences_found > kept.differences_found &&
      reply.recent.some(({ repaired_at }) => repaired_at !== null),
  );
  for (const { minute, repaired_at } of after.recent)
    expect([minute, repaired_at !== null]).toEqual([minute, monthOf(Date.parse(minute)) === WHOLE_MONTH]);
});

it('a click that is sent again after its day was dropped is one that came before, or a new one; never half of one', async () => {
  const [clickId] = await send(1);
  await system.folded();
  const again = await system.post('/api/v1/clicks', aClick({ click_id: clickId }));
  expect(again.json<ClickReply>().is_duplicate).toBe(true);
});

it('a day that analytics has not got whole stays, and goes once it was delivered', async () => {
  await system.relay?.stop();
  const day = Date.now() - 20 * DAY_MS;
  await makePastDay(system.pool, day);
  await sendAt(day, 3);
  nowMs = Date.now();
  const maintain = () => maintainLedger(system.pool, { dedupWindowDays: 7, retentionDays: 10 });
  const isThere = async () =>
    (await system.pool.query('SELECT FROM click_events WHERE received_at = to_timestamp($1 / 1000.0)', [day]))
      .rowCount === 3;
  await maintain();
  expect(await isThere()).toBe(true); // not stamped
  const { rows } = await system.pool.query('SELECT stamp_chunk(1000, 1000000) AS id');
  await maintain();
  expect(await isThere()).toBe(true); // not delivered
  await system.pool.query('UPDATE chunks SET delivered_at = now() WHERE chunk_id = $1', [rows[0].id]);
  await maintain();
  expect(await isThere()).toBe(false);
  // The newest chunk's row stays: it is where readers stand.
  expect((await system.pool.query('SELECT max(chunk_id) AS id FROM chunks')).rows[0].id).toBe(rows[0].id);
});
