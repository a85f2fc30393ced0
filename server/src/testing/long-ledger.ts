import type pg from 'pg';
import { DAY_MS } from './past-days.js';

/** What a long ledger is made of. */
export interface LongLedger {
  /** Days (UTC) before today, each with its partitions. */
  days: number;
  /** Over all days, each of one batch of one click. */
  chunks: number;
  /** Of the oldest days the clicks are there too; of the others only batches and chunks, which is what grows. */
  daysWithClicks: number;
}

/** Fills a fresh ledger as if clicks had come in for years and all had been delivered and compared. By SQL, some 40,000 chunks a second. */
export async function makeLongLedger(
  pool: pg.Pool,
  { days, chunks, daysWithClicks }: LongLedger,
): Promise<void> {
  const client = await pool.connect();
  const run = (text: string) => client.query({ text, query_timeout: 600_000 } as pg.QueryConfig);
  const today = Math.floor(Date.now() / DAY_MS) * DAY_MS;
  const perDay = Math.ceil(chunks / days);
  try {
    await run('SET statement_timeout = 0; SET synchronous_commit = off');
    for (let i = 0; i < days; i++) {
      const from = today - (days - i) * DAY_MS;
      const suffix = new Date(from).toISOString().slice(0, 10).replaceAll('-', '');
      const first = i * perDay + 1;
      const last = Math.min(chunks, first + perDay - 1);
      const receivedAt = `to_timestamp((${from} + (n - ${first}) * ${Math.floor(DAY_MS / perDay)}::bigint) / 1000.0)`;
      for (const table of ['click_events', 'batches'])
        await run(`CREATE TABLE IF NOT EXISTS ${table}_${suffix} (LIKE ${table} INCLUDING ALL)`);
      await run(`INSERT INTO batches_${suffix} (batch_id, received_at, click_count, fraud_count, chunk_id)
        SELECT n, ${receivedAt}, 1, 0, n FROM generate_series(${first}, ${last}) AS n`);
      await run(`INSERT INTO chunks (chunk_id, click_count, fraud_count, created_at, delivered_at, reconciled_at, first_received_at, last_received_at)
        OVERRIDING SYSTEM VALUE
        SELECT n, 1, 0, ${receivedAt}, ${receivedAt}, ${receivedAt}, ${receivedAt}, ${receivedAt} FROM generate_series(${first}, ${last}) AS n`);
      if (i < daysWithClicks)
        await run(`INSERT INTO click_events_${suffix}
          SELECT 1, gen_random_uuid(), n, ${receivedAt}, ${receivedAt}, 'adv', 'camp', 'ad', 'user-' || n, NULL, md5(n::text), 'DE', 'mobile',
            'iOS', 'Safari', '', '', false, NULL, '', '', '', 0
          FROM generate_series(${first}, ${last}) AS n`);
      for (const table of ['click_events', 'batches'])
        await run(
          `DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_inherits WHERE inhrelid = '${table}_${suffix}'::regclass) THEN
             ALTER TABLE ${table} ATTACH PARTITION ${table}_${suffix}
             FOR VALUES FROM ('${new Date(from).toISOString()}') TO ('${new Date(from + DAY_MS).toISOString()}');
           END IF; END $$`,
        );
    }
    await run(`SELECT setval('batch_ids', ${chunks}), setval(pg_get_serial_sequence('chunks', 'chunk_id'), ${chunks});
      UPDATE ledger_totals SET chunks = ${chunks}, clicks = ${chunks}; ANALYZE chunks; ANALYZE batches`);
  } finally {
    client.release(true);
  }
}

/** One statement and what it read. */
export interface Measured {
  text: string;
  /** Pages of tables and indexes, of 8 KB, in memory or not. */
  pages: number;
}

/**
 * A session whose statements are measured: each runs three times, twice under EXPLAIN and rolled back. The first fills the session's own
 * cache of the catalog, which a pool's other sessions have or lack: for 800 partitions it reads more pages than the statement.
 *
 * @param measured what was run is added to it
 */
export function measuring(client: pg.PoolClient, measured: Measured[]): pg.PoolClient & pg.Pool & pg.Client {
  const query = async (given: string | pg.QueryConfig, values: unknown[] = []) => {
    const text = typeof given === 'string' ? given : given.text;
    const bound = typeof given === 'string' ? values : (given.values ?? []);
    const explain = async () => {
      await client.query('BEGIN');
      const { rows } = await client.query(`EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ${text}`, bound);
      await client.query('ROLLBACK');
      return rows[0]['QUERY PLAN'];
    };
    await explain();
    const [{ Plan: plan, Planning: planning }] = await explain();
    const pagesOf = (at: Record<string, number> | undefined) =>
      (at?.['Shared Hit Blocks'] ?? 0) + (at?.['Shared Read Blocks'] ?? 0);
    measured.push({ text, pages: pagesOf(plan) + pagesOf(planning) });
    return client.query(text, bound);
  };
  return { query } as unknown as pg.PoolClient & pg.Pool & pg.Client;
}
