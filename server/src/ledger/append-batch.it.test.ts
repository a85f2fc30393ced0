import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { aClick, startTestSystem, type TestSystem } from '../testing/system.js';

const CAMPAIGNS = 200;
const TABLES = ['campaigns', 'click_keys_1', 'batches'];

let system: TestSystem;
beforeAll(async () => {
  system = await startTestSystem({ ROLES: 'ingest' });
  const clicks = Array.from({ length: CAMPAIGNS }, (_, i) => aClick({ campaign_id: `campaign-${i}` }));
  await system.post('/api/v1/clicks/batch', { clicks });
});
afterAll(() => system?.close());

it('an append reads no table through, however small the planner knows it to be', async () => {
  const client = await system.pool.connect();
  const rowsReadThrough = async () =>
    (
      await client.query<{ name: string; rows: number }>(
        `SELECT relname AS name, seq_tup_read::integer AS rows FROM pg_stat_xact_all_tables
         WHERE relname = ANY ($1) ORDER BY relname`,
        [TABLES],
      )
    ).rows;
  const { rows: stored } = await client.query<{ click_id: string }>(
    'SELECT click_id FROM click_events LIMIT 1',
  );
  const ids = [stored[0]?.click_id, ...Array.from({ length: 20 }, () => randomUUID())];
  const all = <T>(value: (index: number) => T) => ids.map((_, i) => value(i));
  const texts = all(() => '');
  try {
    // As autovacuum does after a minute of clicks: from then on the planner knows that two pages hold all campaigns.
    await client.query('ANALYZE');
    await client.query('BEGIN');
    const before = await rowsReadThrough();
    const { rows: repeats } = await client.query(
      `SELECT * FROM append_batch(now(), $1, $2, $3, $4, $5, $4, $4, $4, $4, $4, $4, $4, $4, $4, $4, $6, $4, $4, $4, $4)`,
      [all(() => 1), ids, all(() => 0), texts, all((i) => `campaign-${i}`), all(() => false)],
    );
    expect(repeats).toEqual([{ ordinal: 1, was_fraudulent: false }]);
    expect(await rowsReadThrough()).toEqual(before);
  } finally {
    await client.query('ROLLBACK');
    client.release();
  }
});
