import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { JudgedClick } from '../click/click.js';
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
  const keysLookedUp = async () =>
    (
      await client.query<{ rows: number }>(
        `SELECT idx_tup_fetch::integer AS rows FROM pg_stat_xact_all_tables WHERE relname = 'click_keys_1'`,
      )
    ).rows[0]?.rows;
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
    // Each once, to tell which of the batch are new, and the repeat as often as it is asked for: not the index through.
    expect(await keysLookedUp()).toBeLessThanOrEqual(2 * ids.length);
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

it.each(['running', 'last'])(
  'of a batch with ids of the %s generation the others are stored, and counted',
  async (which) => {
    const [known, ...news] = Array.from({ length: 4 }, () => randomUUID()) as [
      string,
      string,
      string,
      string,
    ];
    const flagged = { isFraudulent: true, reason: 'blocked' as const, reasons: ['blocked' as const] };
    const append = (batch: JudgedClick[]) =>
      appendBatch(system.pool, new EntityRegistry(), batch, Date.now());
    await append([aJudgedClick({ clickId: known }, flagged)]);
    if (which === 'last') {
      await system.pool.query(`UPDATE dedup_generation SET started_at = started_at - interval '30 days'`);
      await system.pool.query('SELECT turn_generation(7)');
    }

    const batch = [
      aJudgedClick({ clickId: news[0], adId: 'second' }),
      aJudgedClick({ clickId: known, adId: 'again' }, flagged),
      aJudgedClick({ clickId: news[1], adId: 'second' }, flagged),
      aJudgedClick({ clickId: news[2], adId: 'second', advertiserId: 'not-the-owner' }),
      aJudgedClick({ clickId: news[1], adId: 'again' }),
    ];
    const { repeats, corrections } = await append(batch);
    expect(repeats.sort((x, y) => batch.indexOf(x.row) - batch.indexOf(y.row))).toEqual([
      { row: batch[1], isFraudulent: true },
      { row: batch[4], isFraudulent: true },
    ]);
    expect(corrections).toEqual([{ row: batch[3], storedUnder: 'adv', isFraudulent: false }]);
    for (const id of news) expect(await stored(id)).toMatchObject([{ ad_id: 'second' }]);
    expect(await stored(known)).toMatchObject([{ ad_id: 'ad' }]);
    const { rows } = await system.pool.query(
      `SELECT click_count, fraud_count FROM batches
     WHERE batch_id = (SELECT batch_id FROM click_events WHERE click_id = $1)`,
      [news[0]],
    );
    expect(rows).toEqual([{ click_count: 3, fraud_count: 1 }]);
  },
);
