import type pg from 'pg';

export const DAY_MS = 86_400_000;

/** Makes the ledger's partitions of a day (UTC) that is over, so that a system whose clock stands there can store clicks. */
export async function makePastDay(pool: pg.Pool, ms: number): Promise<void> {
  const from = new Date(Math.floor(ms / DAY_MS) * DAY_MS).toISOString();
  const to = new Date((Math.floor(ms / DAY_MS) + 1) * DAY_MS).toISOString();
  for (const table of ['click_events', 'batches', 'conversions', 'attributions'])
    await pool.query(
      `CREATE TABLE IF NOT EXISTS ${table}_${from.slice(0, 10).replaceAll('-', '')} PARTITION OF ${table} FOR VALUES FROM ('${from}') TO ('${to}')`,
    );
}

/** Whole days (UTC) from the day of this moment to today. */
export const daysSince = (ms: number): number => Math.floor(Date.now() / DAY_MS) - Math.floor(ms / DAY_MS);
