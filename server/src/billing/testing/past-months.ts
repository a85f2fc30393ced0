import type pg from 'pg';
import { DAY_MS } from '../../testing/past-days.js';
import { monthAfter } from '../months.js';

/** The first day (UTC) of which a new ledger has a partition. */
export async function readFirstDay(pool: pg.Pool): Promise<string> {
  const { rows } = await pool.query<{ day: string }>(
    `SELECT to_date(min(right(c.relname, 8)), 'YYYYMMDD')::text AS day
     FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = 'batches'::regclass`,
  );
  return rows[0]?.day ?? '';
}

/**
 * Makes partitions for what is received from a month (UTC) on until the first day of the ledger, two a month; those that are there
 * stay. Each has the name of its last day: retention drops a partition when the day of its name is too old. Retention keeps the last
 * day of a month until the next month is closed, so the first half has a partition of its own, which is dropped before.
 */
export async function makePastMonths(pool: pg.Pool, firstMonth: string, firstDay: string): Promise<void> {
  const starts: string[] = [];
  for (let month = firstMonth; `${month}-01` < firstDay; month = monthAfter(month))
    starts.push(`${month}-01`, `${month}-16`);
  const days = [...starts.filter((day) => day < firstDay), firstDay];
  for (const [i, end] of days.entries()) {
    if (i === 0) continue;
    const suffix = new Date(Date.parse(end) - DAY_MS).toISOString().slice(0, 10).replaceAll('-', '');
    for (const table of ['batches', 'click_events', 'conversions', 'attributions', 'impression_counts'])
      await pool.query(
        `CREATE TABLE IF NOT EXISTS ${table}_${suffix} PARTITION OF ${table}
         FOR VALUES FROM ('${days[i - 1]} 00:00:00+00') TO ('${end} 00:00:00+00')`,
      );
  }
}
