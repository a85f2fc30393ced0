import type { Client, PoolClient } from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { appendAdjustments } from '../review/adjustments.js';
import { aClick, startTestSystem, type TestSystem } from '../testing/system.js';
import { chunksAfter, markChecked, uncheckedChunks } from './reconciliation.js';

const BATCHES = 40;
const CLICKS_A_BATCH = 50;
const BATCHES_A_CHUNK = 4;

let system: TestSystem;
beforeAll(async () => {
  system = await startTestSystem({ ROLES: 'ingest' });
  for (let i = 0; i < BATCHES; i++)
    await system.post('/api/v1/clicks/batch', {
      clicks: Array.from({ length: CLICKS_A_BATCH }, () => aClick()),
    });
  for (;;) {
    const { rows } = await system.pool.query('SELECT stamp_chunk($1, 1000000) AS id', [BATCHES_A_CHUNK]);
    if (rows[0].id === null) break;
  }
});
afterAll(() => system?.close());

/** What a query gives, and how many rows of clicks, of which days, PostgreSQL looked at for it. */
async function rowsReadBy(query: string, id: number) {
  const client = await system.pool.connect();
  // A session's counters hold its earlier transactions too, until they are reported.
  const looked = async () =>
    new Map(
      (
        await client.query<{ name: string; scans: number; read: number }>(
          `SELECT relname AS name, (seq_scan + coalesce(idx_scan, 0))::integer AS scans,
             (seq_tup_read + coalesce(idx_tup_fetch, 0))::integer AS read
           FROM pg_stat_xact_all_tables WHERE relname LIKE 'click\\_events\\_%'`,
        )
      ).rows.map((row) => [row.name, row] as const),
    );
  try {
    await client.query('BEGIN');
    const before = await looked();
    const { rows } = await client.query(query, [id]);
    const changes = [...(await looked())].map(([name, now]) => ({ now, old: before.get(name) }));
    return {
      rows,
      days: changes.filter(({ now, old }) => now.scans > (old?.scans ?? 0)).length,
      read: changes.reduce((sum, { now, old }) => sum + now.read - (old?.read ?? 0), 0),
    };
  } finally {
    await client.query('ROLLBACK');
    client.release();
  }
}

it('reading a chunk looks at its own clicks and at no others, nor at other days', async () => {
  const { rows, days, read } = await rowsReadBy('SELECT click_id FROM chunk_clicks WHERE chunk_id = $1', 3);
  expect(rows).toHaveLength(BATCHES_A_CHUNK * CLICKS_A_BATCH);
  expect(read).toBe(rows.length);
  expect(days).toBe(1);
});

it('reading a part of a chunk looks at the clicks of that chunk and at no others', async () => {
  const { rows: made } = await system.pool.query(
    `INSERT INTO chunk_parts (chunk_id, first_click_id, last_click_id)
     SELECT 5, min(click_id::text)::uuid, max(click_id::text)::uuid FROM chunk_clicks WHERE chunk_id = 5 RETURNING part_id`,
  );
  const { rows, read } = await rowsReadBy(
    'SELECT click_id FROM chunk_part_clicks WHERE part_id = $1',
    made[0].part_id,
  );
  expect(rows).toHaveLength(BATCHES_A_CHUNK * CLICKS_A_BATCH);
  expect(read).toBe(rows.length);
});

it('a chunk with adjustments brings two rows for each, beside its clicks', async () => {
  const { rows: clicks } = await system.pool.query(
    'SELECT click_id, batch_id, received_at_ms FROM chunk_clicks WHERE chunk_id = 1',
  );
  const adjusted = clicks.slice(0, 7);
  await appendAdjustments(system.pool, {
    tenantId: 1,
    madeAtMs: Date.now(),
    madeBy: 'test',
    rulesVersion: 0,
    isFraudulent: true,
    clicks: adjusted.map((row) => ({
      clickId: row.click_id,
      batchId: row.batch_id,
      receivedAtMs: row.received_at_ms,
      reason: 'regular_gaps',
      evidence: '',
    })),
  });
  const { rows: stamped } = await system.pool.query('SELECT stamp_chunk(1000, 1000000) AS id');
  const { rows } = await system.pool.query(
    'SELECT click_id, sign, revision, is_fraudulent FROM chunk_clicks WHERE chunk_id = $1 ORDER BY click_id, sign',
    [stamped[0].id],
  );
  const ids = adjusted.map((row) => row.click_id).sort();
  expect(rows).toEqual(
    ids.flatMap((click_id) => [
      { click_id, sign: -1, revision: 0, is_fraudulent: 0 },
      { click_id, sign: 1, revision: 1, is_fraudulent: 1 },
    ]),
  );
});

it('chunks to compare come up to so many clicks, and one at least', async () => {
  // The session of a relay is a client of its own; one of the pool will do.
  const session = (await system.pool.connect()) as unknown as Client;
  const aChunk = BATCHES_A_CHUNK * CLICKS_A_BATCH;
  try {
    await session.query('BEGIN');
    await session.query('UPDATE chunks SET delivered_at = now() WHERE chunk_id BETWEEN 2 AND 6');
    expect(await uncheckedChunks(session, 20, 2 * aChunk)).toEqual([6, 5]);
    expect(await uncheckedChunks(session, 20, 1)).toEqual([6]);
    expect(await uncheckedChunks(session, 3, 100 * aChunk)).toEqual([6, 5, 4]);
    await markChecked(session, [2, 3, 4, 5, 6]);
    expect(await uncheckedChunks(session, 20, 100 * aChunk)).toEqual([]);
    expect(await chunksAfter(session, 2, 20, 2 * aChunk + 1)).toEqual([3, 4]);
    expect(await chunksAfter(session, 5, 20, 1)).toEqual([6]);
    expect(await chunksAfter(session, 6, 20, 1)).toEqual([]);
  } finally {
    await session.query('ROLLBACK');
    (session as unknown as PoolClient).release();
  }
});
