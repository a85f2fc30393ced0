import type pg from 'pg';
import type { Background, Loop } from '../lib/background.js';
import { sleep } from '../lib/backoff.js';
import { inTransaction } from '../lib/transaction.js';

/** Partitions are made a week ahead, so that a week of failing maintenance stops nothing. */
const DAYS_AHEAD = 7;
const INTERVAL_MS = 10 * 60_000;
/** After a turn that failed. */
const RETRY_MS = 10_000;
/** PostgreSQL's `lock_not_available`: somebody reads or writes for long, and appends must not wait behind maintenance. */
const LOCK_NOT_AVAILABLE = '55P03';
const LOCK_TRIES = 3;
const LOCK_PAUSE_MS = 1_000;
/** Dropping a day sums up and deletes its chunks, 80,000 of a busy one. */
const DROP_MS_MAX = 120_000;

/**
 * Clicks of months that are still to be closed outlive `RETENTION_DAYS` by this at most, in days: a tenant that stops closing must not
 * hold everybody's clicks for ever. A month that has lost clicks says so (`is_whole`).
 */
export const UNBILLED_DAYS_MAX = 92;

interface Options {
  dedupWindowDays: number;
  retentionDays: number;
  /** What else grows old in the same database, of other rooms. */
  alsoDrop?: readonly ((pool: pg.Pool) => Promise<unknown>)[];
}

/** Keeps the ledger in order, and knows whether the last turn failed. */
export class Maintenance {
  #isFailing = false;
  #nextAt = 0;

  constructor(
    private readonly pool: pg.Pool,
    private readonly options: Options,
  ) {}

  /** True from a turn that failed to the next that did not. */
  get isFailing(): boolean {
    return this.#isFailing;
  }

  /** Every ten minutes, and sooner after a failure. The first turn is at once. */
  keep(background: Background): Loop {
    return background.every(
      { name: 'ledger maintenance', failure: 'maintenance of the ledger failed; it is tried again' },
      { everyMs: RETRY_MS, firstMs: 0 },
      async (signal) => {
        if (!this.#isFailing && performance.now() < this.#nextAt) return;
        try {
          await maintainLedger(this.pool, this.options, signal);
          this.#isFailing = false;
          this.#nextAt = performance.now() + INTERVAL_MS;
        } catch (error) {
          this.#isFailing = true;
          throw error;
        }
      },
    );
  }
}

/**
 * Says what dedup window this node has; from then on ids are kept for at least as long, whichever node turns their generation.
 *
 * @returns since when the ids of every received click are known, in milliseconds since 1970; 0: of every click that ever was
 */
export async function declareDedupWindow(pool: pg.Pool, days: number): Promise<number> {
  const { rows } = await pool.query<{ since: Date | null }>('SELECT declare_dedup_window($1) AS since', [
    days,
  ]);
  return rows[0]?.since?.getTime() ?? 0;
}

/** Makes the partitions of yesterday to a week ahead. */
export const makePartitions = (pool: pg.Pool): Promise<unknown> =>
  unlocked(() => pool.query('SELECT make_partitions($1)', [DAYS_AHEAD]));

/**
 * Makes partitions ahead, turns the generation of click ids, drops what retention has passed. Safe to run at any time.
 *
 * @throws the first failure, after everything was tried
 */
export async function maintainLedger(pool: pg.Pool, options: Options, signal?: AbortSignal): Promise<void> {
  const steps: (() => Promise<unknown>)[] = [
    () => makePartitions(pool),
    ...(options.alsoDrop ?? []).map((drop) => () => drop(pool)),
    () => unlocked(() => pool.query('SELECT turn_generation($1)', [options.dedupWindowDays])),
    () => unlocked(() => pool.query('SELECT drop_old_generations()')),
    () => dropOldDays(pool, options.retentionDays, signal),
  ];
  const errors: unknown[] = [];
  for (const step of steps) await step().catch((error: unknown) => errors.push(error));
  if (errors.length > 0) throw errors[0];
}

/** Drops the days that retention has passed, each in a transaction of its own. Clicks of a month that is still to be closed stay longer. */
async function dropOldDays(pool: pg.Pool, retentionDays: number, signal?: AbortSignal): Promise<void> {
  const dropOldest = () =>
    inTransaction(pool, async (client) => {
      await client.query(`SET LOCAL statement_timeout = ${DROP_MS_MAX}`);
      const { rows } = await client.query<{ dropped: boolean }>({
        text: 'SELECT drop_oldest_day(greatest($1, least($2, coalesce(days_to_be_billed(), 0)))) IS NOT NULL AS dropped',
        values: [retentionDays, retentionDays + UNBILLED_DAYS_MAX],
        // The client's own limit for one query; the types do not know it.
        query_timeout: DROP_MS_MAX + 2_000,
      } as pg.QueryConfig);
      return rows[0]?.dropped ?? false;
    });
  while (!signal?.aborted && (await unlocked(dropOldest)));
}

/** Does work that gives up when it does not get a lock soon, and tries it again a few times. */
async function unlocked<T>(work: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await work();
    } catch (error) {
      if ((error as { code?: string }).code !== LOCK_NOT_AVAILABLE || tries === LOCK_TRIES) throw error;
      await sleep(LOCK_PAUSE_MS);
    }
  }
}
