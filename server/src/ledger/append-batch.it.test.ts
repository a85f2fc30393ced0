import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { aJudgedClick } from '../testing/judged-click.js';
import { aClick, startTestSystem, type TestSystem } from '../testing/system.js';
import { appendBatch } from './append-batch.js';
import { EntityRegistry } from './entities.js';

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
      `SELECT ordinal, is_flagged FROM append_clicks(
         now(), $1, $2, $3, $4, $5, $4, $4, $4, $4, $4, $4, $4, $4, $4, $4, $6, $4, $4, $4, $4)
       WHERE is_repeat`,
      [all(() => 1), ids, all(() => 0), texts, all((i) => `campaign-${i}`), all(() => false)],
    );
    expect(repeats).toEqual([{ ordinal: 1, is_flagged: false }]);
    expect(await rowsReadThrough()).toEqual(before);
  } finally {
    await client.query('ROLLBACK');
    client.release();
  }
});

it('an append is planned once, not again for each batch of few clicks', async () => {
  const { rows } = await system.pool.query(
    `SELECT FROM pg_proc WHERE oid = 'append_clicks'::regproc AND 'plan_cache_mode=force_generic_plan' = ANY (proconfig)`,
  );
  expect(rows).toHaveLength(1);
});

const stored = async (clickId: string) =>
  (await system.pool.query('SELECT is_fraudulent, ad_id FROM click_events WHERE click_id = $1', [clickId]))
    .rows;

it('a click id that comes twice in a batch is stored once, the first of them, and the other is its repeat', async () => {
  const clickId = randomUUID();
  const batch = [
    aJudgedClick(),
    aJudgedClick({ clickId, adId: 'first' }, { isFraudulent: true, reason: 'blocked', reasons: ['blocked'] }),
    aJudgedClick({ clickId: clickId.toUpperCase(), adId: 'second' }),
    aJudgedClick({ clickId, adId: 'third' }),
  ];
  const { repeats } = await appendBatch(system.pool, new EntityRegistry(), batch, Date.now());
  expect(repeats.sort((x, y) => batch.indexOf(x.row) - batch.indexOf(y.row))).toEqual([
    { row: batch[2], isFraudulent: true },
    { row: batch[3], isFraudulent: true },
  ]);
  expect(await stored(clickId)).toEqual([{ is_fraudulent: true, ad_id: 'first' }]);
  const { rows } = await system.pool.query(
    `SELECT click_count, fraud_count FROM batches
     WHERE batch_id = (SELECT batch_id FROM click_events WHERE click_id = $1)`,
    [clickId],
  );
  expect(rows).toEqual([{ click_count: 2, fraud_count: 1 }]);
});
