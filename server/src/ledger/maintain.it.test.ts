import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { HealthReply } from '@clickledger/contract';
import type pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { LOCKS } from '../lib/locks.js';
import { DAY_MS, makePastDay } from '../testing/past-days.js';
import { aClick, startTestSystem, type TestSystem } from '../testing/system.js';
import { until } from '../testing/wait.js';
import { maintainLedger, makePartitions } from './maintain.js';

const LOCK_NOT_AVAILABLE = { code: '55P03' };
const OLD_DAY = Date.now() - 20 * DAY_MS;
const OPTIONS = { dedupWindowDays: 7, retentionDays: 10 };
const partitionOf = (table: string, ms: number) =>
  `${table}_${new Date(ms).toISOString().slice(0, 10).replaceAll('-', '')}`;

const folder = mkdtempSync(join(tmpdir(), 'clickledger-maintain-'));
let system: TestSystem;
const sessions = new Set<pg.PoolClient>();
beforeAll(async () => {
  system = await startTestSystem({ DATA_DIR: folder, ROLES: 'ingest' });
});
afterAll(async () => {
  for (const session of sessions) session.release(true);
  await system?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** A session whose transaction stays open until it is ended. */
async function open(statement: string): Promise<{ end: () => Promise<void> }> {
  const session = await system.pool.connect();
  sessions.add(session);
  await session.query('BEGIN');
  await session.query(statement);
  return {
    async end() {
      await session.query('ROLLBACK');
      sessions.delete(session);
      session.release();
    },
  };
}
const exists = async (table: string) =>
  (await system.pool.query('SELECT to_regclass($1) AS found', [table])).rows[0].found !== null;
const append = async () => {
  const reply = await system.post('/api/v1/clicks', aClick());
  expect(reply.statusCode, reply.body).toBe(202);
};
/** Appends one click after the other while some work goes on. */
async function whileAppending<T>(work: () => Promise<T>): Promise<{ result: T; appends: number }> {
  let isOver = false;
  let appends = 0;
  const appending = (async () => {
    do {
      await append();
      appends++;
    } while (!isOver);
  })();
  try {
    return { result: await work(), appends };
  } finally {
    isOver = true;
    await appending;
  }
}

it('partitions are made beside a long read and a long write, and appends go on beside their making', async () => {
  const last = Date.now() + 7 * DAY_MS;
  const next = Date.now() + 8 * DAY_MS;
  for (const table of ['click_events', 'batches'])
    await system.pool.query(`DROP TABLE ${partitionOf(table, last)}`);
  const read = await open('SELECT count(*) FROM click_events, batches, click_keys');
  const write = await open(`UPDATE click_events SET country = 'DE' WHERE country = 'XX'`);
  await makePartitions(system.pool);
  for (const table of ['click_events', 'batches']) expect(await exists(partitionOf(table, last))).toBe(true);
  // As long as one likes: the transaction that makes them stays open, and appends do not wait for it.
  const making = await open('SELECT make_partitions(8)');
  await append();
  await making.end();
  await read.end();
  await write.end();
  expect(await exists(partitionOf('batches', next))).toBe(false);
});

it('a partition that was attached is as one that was made in place', async () => {
  const day = Date.now() - 30 * DAY_MS;
  await makePastDay(system.pool, day);
  const shapeOf = async (table: string) =>
    (
      await system.pool.query(
        `SELECT (SELECT json_agg(json_build_array(attname, format_type(atttypid, atttypmod), attnotnull, atthasdef) ORDER BY attnum)
                 FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0) AS columns,
           (SELECT json_agg(pg_get_constraintdef(oid) ORDER BY conname) FROM pg_constraint WHERE conrelid = $1::regclass) AS constraints,
           (SELECT json_agg(json_build_array(p.inhparent::regclass::text, x.indisvalid) ORDER BY 1)
            FROM pg_index x JOIN pg_inherits p ON p.inhrelid = x.indexrelid WHERE x.indrelid = $1::regclass) AS indexes`,
        [table],
      )
    ).rows[0];
  for (const table of ['click_events', 'batches'])
    expect(await shapeOf(partitionOf(table, Date.now()))).toEqual(await shapeOf(partitionOf(table, day)));
  for (const table of ['click_events', 'batches'])
    await system.pool.query(`DROP TABLE ${partitionOf(table, day)}`);
});

it('a drop gives up beside a long read, appends go on, and it comes through afterwards', async () => {
  await makePastDay(system.pool, OLD_DAY);
  const read = await open('SELECT count(*) FROM click_events, batches');
  const { result, appends } = await whileAppending(() =>
    maintainLedger(system.pool, OPTIONS).then(
      () => null,
      (error: unknown) => error,
    ),
  );
  expect(result).toMatchObject(LOCK_NOT_AVAILABLE);
  expect(appends).toBeGreaterThan(0);
  expect(await exists(partitionOf('click_events', OLD_DAY))).toBe(true);
  await read.end();
  await whileAppending(() => maintainLedger(system.pool, OPTIONS));
  expect(await exists(partitionOf('click_events', OLD_DAY))).toBe(false);
  expect(await exists(partitionOf('batches', OLD_DAY))).toBe(false);
});

it('the turn of a generation, and the drop of an old one, give up likewise', async () => {
  const generation = async () =>
    (await system.pool.query('SELECT generation FROM dedup_generation')).rows[0].generation as number;
  const age = () =>
    system.pool.query(`UPDATE dedup_generation SET started_at = started_at - interval '8 days'`);
  const first = await generation();
  await age();
  // A click that is being stored for long.
  const storing = await open(`SELECT pg_advisory_xact_lock_shared(${LOCKS.appends})`);
  const { result } = await whileAppending(() => maintainLedger(system.pool, OPTIONS).catch((error) => error));
  expect(result).toMatchObject(LOCK_NOT_AVAILABLE);
  expect(await generation()).toBe(first);
  await storing.end();
  await whileAppending(() => maintainLedger(system.pool, OPTIONS));
  expect(await generation()).toBe(first + 1);

  await age();
  const read = await open('SELECT count(*) FROM click_keys');
  await whileAppending(() => maintainLedger(system.pool, OPTIONS).catch((error) => error));
  expect(await generation()).toBe(first + 2);
  expect(await exists(`click_keys_${first}`)).toBe(true);
  await read.end();
  await maintainLedger(system.pool, OPTIONS);
  expect(await exists(`click_keys_${first}`)).toBe(false);
  expect(await exists(`click_keys_${first + 1}`)).toBe(true);
});

it('a start whose maintenance fails takes clicks, is degraded, and is healthy when maintenance succeeds', async () => {
  await system.pool.query('ALTER FUNCTION make_partitions RENAME TO make_no_partitions');
  await system.close();
  system = await startTestSystem({ DATA_DIR: folder });
  const health = () => system.get<HealthReply>('/health');
  expect(await until(health, (reply) => reply.maintenance_failing)).toMatchObject({ status: 'degraded' });
  await append();
  expect(
    await system.services.registry.getSingleMetricAsString('clickledger_background_failures_total'),
  ).toMatch(/task="ledger maintenance"\} [1-9]/);
  await system.pool.query('ALTER FUNCTION make_no_partitions RENAME TO make_partitions');
  expect(await until(health, (reply) => !reply.maintenance_failing)).toMatchObject({ status: 'healthy' });
});
