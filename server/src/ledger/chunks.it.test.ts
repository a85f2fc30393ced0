import { afterAll, beforeAll, expect, it } from 'vitest';
import { aClick, startTestSystem, type TestSystem } from '../testing/system.js';
import { appendAdjustments } from './adjustments.js';

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
  try {
    await client.query('BEGIN');
    const { rows } = await client.query(query, [id]);
    const looked = await client.query(
      `SELECT relname, (seq_tup_read + coalesce(idx_tup_fetch, 0))::integer AS read FROM pg_stat_xact_all_tables
       WHERE relname LIKE 'click\\_events\\_%' AND seq_scan + coalesce(idx_scan, 0) > 0`,
    );
    return { rows, days: looked.rows.length, read: looked.rows.reduce((sum, { read }) => sum + read, 0) };
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
