import { createHash } from 'node:crypto';
import type pg from 'pg';

type Client = Pick<pg.PoolClient, 'query'>;

/** How wrong tries of one subject from one source close it. */
export interface TryRule {
  /** Tries that cost nothing; the next ones close it for 1, 2, 4 … seconds. */
  freeMax: number;
  /** After this time half of the tries count no more: a few wrong tries an hour keep nobody out. */
  halfLifeSeconds: number;
}

const LOCK_SECONDS_MAX = 900;
/** By then what was counted has faded under either rule. */
const KEPT_HOURS = 12;

const hashOf = (subject: string): Buffer => createHash('sha256').update(subject).digest();

/**
 * Counts a try before it is looked at, so that many at once are counted each: it is a failure until `forgetTries` says otherwise.
 *
 * @param subject what is tried, such as an email address, whether or not there is such a member
 * @returns 0 when it may be tried; else the seconds until the next try, and nothing was counted
 */
export async function countTry(
  client: Client,
  subject: string,
  source: string,
  { freeMax, halfLifeSeconds }: TryRule,
): Promise<number> {
  const { rows } = await client.query<{ wait: number }>({
    name: 'count_try',
    text: `WITH counted AS (
       INSERT INTO sign_in_tries AS t (subject, source, failed, last_at) VALUES ($1, $2, 1, now())
       ON CONFLICT (subject, source) DO UPDATE SET
         failed = 1 + faded_tries(t.failed, t.last_at, $4), last_at = now(),
         locked_until = CASE WHEN faded_tries(t.failed, t.last_at, $4) >= $3
           THEN now() + make_interval(secs => least($5, power(2, least(20, faded_tries(t.failed, t.last_at, $4) - $3)))) END
       WHERE t.locked_until IS NULL OR t.locked_until <= now()
       RETURNING 0 AS wait
     )
     SELECT wait FROM counted
     UNION ALL
     SELECT ceil(extract(epoch FROM locked_until - now()))::integer FROM sign_in_tries
     WHERE subject = $1 AND source = $2 AND NOT EXISTS (SELECT FROM counted)`,
    values: [hashOf(subject), source, freeMax, halfLifeSeconds, LOCK_SECONDS_MAX],
  });
  // Closed by a try of the same moment, which this statement does not see yet.
  return rows[0] ? (rows[0].wait === 0 ? 0 : Math.max(1, rows[0].wait)) : 1;
}

/** The try was right: none of this source counts any more. */
export async function forgetTries(client: Client, subject: string, source: string): Promise<void> {
  await client.query('DELETE FROM sign_in_tries WHERE subject = $1 AND source = $2', [
    hashOf(subject),
    source,
  ]);
}

/** Drops what no longer counts. */
export async function dropFadedTries(pool: pg.Pool): Promise<void> {
  await pool.query('DELETE FROM sign_in_tries WHERE last_at < now() - make_interval(hours => $1)', [
    KEPT_HOURS,
  ]);
}
