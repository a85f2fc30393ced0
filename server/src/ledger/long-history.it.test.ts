import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ReconciliationReply, StatsReply } from '@clickledger/contract';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { findOutlived, isDelivered, newestChunk } from '../privacy/data-in-ledger.js';
import { type Measured, makeLongLedger, measuring } from '../testing/long-ledger.js';
import { aClick, startTestSystem, type TestSystem } from '../testing/system.js';
import { until } from '../testing/wait.js';
import { CHUNK_CLICKS_MAX, countLedger, readBacklog, stampChunk } from './chunks.js';
import { maintainLedger } from './maintain.js';
import { newestDelivered, PAGE_CHUNKS_MAX, planRebuild, readRebuildPage } from './rebuild-plan.js';
import {
  chunksAfter,
  countChunkMinutes,
  markChecked,
  readReconciliation,
  uncheckedChunks,
} from './reconciliation.js';
import { readWatermark } from './retention.js';

const DAYS = 407;
/** By hand with more: 31 million are 400 days of steady clicks. */
const CHUNKS = DAYS * Number(process.env.LONG_LEDGER_CHUNKS_A_DAY ?? 5_000);
const DAYS_DROPPED = 7;
const RETENTION_DAYS = DAYS - DAYS_DROPPED;
const PER_DAY = Math.ceil(CHUNKS / DAYS);
/** The table of chunks alone has five times as many. Some statements look once into each of 800 partitions. */
const PAGES_MAX = 6_000;
/** Rows read from a start to the stop after it: a hundredth of the chunks. */
const ROWS_MAX = 20_000;

const folder = mkdtempSync(join(tmpdir(), 'clickledger-long-'));
let system: TestSystem;
beforeAll(async () => {
  system = await startTestSystem({ DATA_DIR: folder, ROLES: 'ingest' });
  await makeLongLedger(system.pool, { days: DAYS, chunks: CHUNKS, daysWithClicks: DAYS_DROPPED });
}, 600_000);
afterAll(async () => {
  await system?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Pages that the statements of some work read, at most for one statement. */
async function pagesOf(work: (session: ReturnType<typeof measuring>) => Promise<unknown>): Promise<number> {
  const client = await system.pool.connect();
  const measured: Measured[] = [];
  try {
    await work(measuring(client, measured));
  } finally {
    client.release();
  }
  return Math.max(...measured.map(({ pages }) => pages));
}

it('retention drops day by day, each with the chunks of that day', async () => {
  const size = async () =>
    (
      await system.pool.query(
        `SELECT (SELECT count(*) FROM pg_inherits WHERE inhparent = 'batches'::regclass) AS days,
           (SELECT count(*) FROM chunks) AS chunks`,
      )
    ).rows[0];
  const before = await size();
  const pages = await pagesOf((session) => session.query('SELECT drop_oldest_day($1)', [DAYS - 1]));
  // A day's chunks with their indexes, and no others.
  expect(pages).toBeLessThan(20 * PER_DAY + PAGES_MAX);
  await maintainLedger(system.pool, { dedupWindowDays: 7, retentionDays: RETENTION_DAYS });
  expect(await size()).toEqual({
    days: before.days - DAYS_DROPPED,
    chunks: before.chunks - DAYS_DROPPED * PER_DAY,
  });
  expect((await readWatermark(system.pool)).droppedThroughChunk).toBe(DAYS_DROPPED * PER_DAY);
  expect(await countLedger(system.pool)).toEqual({ clicks: CHUNKS, fraudClicks: 0 });
});

it('a chunk is fixed, and the figures of stats are read, without reading the history', async () => {
  const reply = await system.post('/api/v1/clicks', aClick());
  expect(reply.statusCode).toBe(202);
  expect(await pagesOf(readBacklog)).toBeLessThan(PAGES_MAX);
  expect(await pagesOf(countLedger)).toBeLessThan(PAGES_MAX);
  expect(await pagesOf((session) => stampChunk(session, CHUNK_CLICKS_MAX))).toBeLessThan(PAGES_MAX);
  expect(await pagesOf(readReconciliation)).toBeLessThan(PAGES_MAX);
});

it('the sweep reads the chunks that it compares, wherever it is', async () => {
  const { droppedThroughChunk } = await readWatermark(system.pool);
  for (const after of [0, Math.floor(CHUNKS / 2), CHUNKS - 20]) {
    let chunkIds: number[] = [];
    const pages = await pagesOf(async (session) => {
      await uncheckedChunks(session, 20, 50_000);
      chunkIds = await chunksAfter(session, after, 20, 50_000);
      await countChunkMinutes(session, chunkIds, 0);
      await markChecked(session, chunkIds);
    });
    expect(chunkIds[0]).toBe(Math.max(after, droppedThroughChunk) + 1);
    expect(pages).toBeLessThan(PAGES_MAX);
  }
});

it('a rebuild is planned page by page, and one of the running month begins at that month', async () => {
  let plan = { after: 0, clicks: 0 };
  expect(
    await pagesOf(async (session) => {
      plan = await planRebuild(session, null);
    }),
  ).toBeLessThan(PAGES_MAX);
  expect(plan).toEqual({ after: DAYS_DROPPED * PER_DAY, clicks: CHUNKS - DAYS_DROPPED * PER_DAY + 1 });
  const upTo = await newestDelivered(system.pool);
  let pages = 0;
  let chunks = 0;
  for (let after = plan.after; ; pages++) {
    const page = await readRebuildPage(system.pool, { after, upTo, clicksTotal: plan.clicks });
    if (!page) break;
    chunks += page.runs.reduce((sum, run) => sum + run.last - run.first + 1, 0);
    after = page.upTo;
  }
  expect(chunks).toBe(CHUNKS - plan.after);
  expect(pages).toBe(Math.ceil(chunks / PAGE_CHUNKS_MAX));
  const clicksTotal = plan.clicks;
  expect(
    await pagesOf((session) => readRebuildPage(session, { after: CHUNKS / 2, upTo, clicksTotal })),
  ).toBeLessThan(4 * PAGE_CHUNKS_MAX + PAGES_MAX);

  const now = new Date();
  const monthStart = Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), 1);
  expect(
    await pagesOf(async (session) => {
      plan = await planRebuild(session, monthStart);
    }),
  ).toBeLessThan(PAGES_MAX);
  expect(plan.after).toBeGreaterThanOrEqual(CHUNKS - 33 * PER_DAY);
});

it('what an erasure asks of the chunks is answered from their newest', async () => {
  expect(
    await pagesOf(async (session) => {
      await isDelivered(session, await newestChunk(session));
      await findOutlived(session, Date.now(), 31);
    }),
  ).toBeLessThan(PAGES_MAX);
});

/** Rows that the server has read of the tables that grow with history, by its own count; sessions have reported theirs when they ended. */
async function rowsRead(): Promise<number> {
  await system.close();
  system = await startTestSystem({ DATA_DIR: folder, ROLES: 'ingest' });
  const { rows } = await system.pool.query(
    `SELECT sum(seq_tup_read + coalesce(idx_tup_fetch, 0)) AS read FROM pg_stat_user_tables
     WHERE relname ~ '^(chunks|batches|click_events|click_keys|adjustments|reconciliation|audit)'`,
  );
  return Number(rows[0].read);
}

it('the whole system starts on it, sweeps, tells its figures and stops, reading no more than a start should', async () => {
  const before = await rowsRead();
  await system.close();
  system = await startTestSystem({ DATA_DIR: folder, RETENTION_DAYS: String(RETENTION_DAYS) });
  await system.caughtUp();
  await until(
    async () => {
      const metric = 'clickledger_reconciled_chunks_total';
      return system.services.registry.getSingleMetricAsString(metric);
    },
    (text) => Number(text.match(/ (\d+)$/m)?.[1]) > 20,
  );
  expect(await system.get<ReconciliationReply>('/api/v1/admin/reconciliation')).toMatchObject({
    checked_chunks: CHUNKS + 1,
    differences_found: 0,
  });
  expect((await system.get<StatsReply>('/api/v1/admin/stats')).ledger.clicks).toBe(CHUNKS + 1);
  expect((await rowsRead()) - before).toBeLessThan(ROWS_MAX);
});
