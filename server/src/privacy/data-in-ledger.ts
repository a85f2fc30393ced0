import type pg from 'pg';
import { ISO_UTC } from '../lib/sql.js';
import { inTransaction } from '../lib/transaction.js';

/** Looking through every click of the ledger may take this long: there is no index by user, which ingestion would pay for. */
const SCAN_MS_MAX = 15 * 60_000;

/** A query over all clicks, under a limit of its own. */
async function scan<T extends pg.QueryResultRow>(
  client: pg.PoolClient,
  text: string,
  values: unknown[],
): Promise<T[]> {
  await client.query(`SET LOCAL statement_timeout = ${SCAN_MS_MAX}`);
  // The client's own limit for one query; the types do not know it.
  const query = { text, values, query_timeout: SCAN_MS_MAX + 2_000 } as pg.QueryConfig;
  return (await client.query<T>(query)).rows;
}

/** What the ledger holds of a user, a click a row as it is stored; at most `limit`. */
export function userClicks(
  client: pg.PoolClient,
  tenantId: number,
  userId: string,
  limit: number,
): Promise<Record<string, unknown>[]> {
  return scan(
    client,
    `SELECT click_id, ${ISO_UTC('clicked_at')} AS clicked_at, ${ISO_UTC('received_at')} AS received_at, advertiser_id, campaign_id,
       ad_id, user_id, ip_hash, visitor_key, country, device_type, os, browser, user_agent, referrer, is_fraudulent, fraud_reasons,
       fraud_evidence, landing
     FROM click_events WHERE tenant_id = $1 AND user_id = $2 ORDER BY clicked_at, click_id LIMIT $3`,
    [tenantId, userId, limit],
  );
}

/** What the ledger holds of a user's conversions, each as it is stored; at most `limit`. */
export async function userConversions(
  client: pg.PoolClient,
  tenantId: number,
  userId: string,
  limit: number,
): Promise<Record<string, unknown>[]> {
  const { rows } = await client.query(
    `SELECT conversion_id, ${ISO_UTC('converted_at')} AS converted_at, ${ISO_UTC('received_at')} AS received_at, action, order_id,
       click_id, user_id, value_micros, currency, source
     FROM conversions WHERE tenant_id = $1 AND user_id = $2 ORDER BY converted_at, conversion_id LIMIT $3`,
    [tenantId, userId, limit],
  );
  return rows;
}

/** List entries that name a user, taken off or not. */
export async function userListEntries(
  client: pg.PoolClient,
  tenantId: number,
  userId: string,
): Promise<Record<string, unknown>[]> {
  const { rows } = await client.query(
    `SELECT entry_id, list, note, ${ISO_UTC('created_at')} AS created_at, ${ISO_UTC('expires_at')} AS expires_at,
       ${ISO_UTC('removed_at')} AS removed_at
     FROM fraud_list_entries WHERE tenant_id = $1 AND kind = 'user' AND value = $2 ORDER BY entry_id`,
    [tenantId, userId],
  );
  return rows;
}

/** Takes a user off their clicks and conversions, and off the lists. Returns how many clicks those are. */
export async function forgetUser(
  client: pg.PoolClient,
  tenantId: number,
  userId: string,
  salt: string,
): Promise<number> {
  const [row] = await scan<{ clicks: number }>(client, 'SELECT forget_user($1, $2, $3) AS clicks', [
    tenantId,
    userId,
    salt,
  ]);
  return row?.clicks ?? 0;
}

/** A span of receipt, whole days of UTC, whose clicks have outlived what their tenant decided. */
export interface Outlived {
  tenantId: number;
  fromMs: number;
  toMs: number;
}

/**
 * The oldest days that are older than a tenant keeps personal data and were not done yet; of each tenant at most `daysMax`, so that the
 * first time on a large ledger is made of many small steps.
 */
export async function findOutlived(pool: pg.Pool, nowMs: number, daysMax: number): Promise<Outlived[]> {
  const { rows } = await pool.query<Outlived>(
    `SELECT tenant_id AS "tenantId", (extract(epoch FROM from_time) * 1000)::float8 AS "fromMs",
       (extract(epoch FROM least(to_time, from_time + make_interval(days => $2))) * 1000)::float8 AS "toMs"
     FROM (
       SELECT tenant_id,
         -- Of test data there is nothing from before it was begun.
         greatest(
           anonymous_until, oldest_day(),
           CASE WHEN test_of IS NOT NULL THEN date_trunc('day', created_at - interval '1 day', 'UTC') END
         ) AS from_time,
         date_trunc('day', ($1::timestamptz - make_interval(days => personal_data_days)) AT TIME ZONE 'UTC') AT TIME ZONE 'UTC' AS to_time
       FROM tenants
       WHERE personal_data_days IS NOT NULL
         -- Deleted test data, to which nothing is added, is done once and for all.
         AND (test_ended_at IS NULL OR anonymous_until IS NULL OR anonymous_until <= test_ended_at + interval '1 hour')
     ) AS spans WHERE from_time < to_time`,
    [new Date(nowMs), daysMax],
  );
  return rows;
}

const DAY_MS = 86_400_000;

/** Takes everybody off the clicks of a span, a day a transaction; said again, it changes nothing. Returns how many clicks those are. */
export async function forgetSpan(pool: pg.Pool, span: Outlived, salt: string): Promise<number> {
  let clicks = 0;
  for (let dayMs = span.fromMs; dayMs < span.toMs; dayMs += DAY_MS) {
    const values = [span.tenantId, new Date(dayMs), new Date(Math.min(dayMs + DAY_MS, span.toMs)), salt];
    const [row] = await inTransaction(pool, (client) =>
      scan<{ clicks: number }>(client, 'SELECT forget_span($1, $2, $3, $4) AS clicks', values),
    );
    clicks += row?.clicks ?? 0;
  }
  return clicks;
}

/** The tenants that obey Sec-GPC and DNT. */
export async function respectingTenants(pool: pg.Pool): Promise<ReadonlySet<number>> {
  const { rows } = await pool.query<{ tenant_id: number }>(
    'SELECT tenant_id FROM tenants WHERE respect_privacy_signals',
  );
  return new Set(rows.map((row) => row.tenant_id));
}

/** The newest chunk that is fixed: what comes in a later one is read from the ledger as it is now. */
export async function newestChunk(pool: pg.Pool): Promise<number> {
  const { rows } = await pool.query<{ newest: number }>(
    'SELECT coalesce(max(chunk_id), 0) AS newest FROM chunks',
  );
  return rows[0]?.newest ?? 0;
}

/** Now, by the ledger's clock, in milliseconds since 1970. */
export async function ledgerTimeMs(pool: pg.Pool): Promise<number> {
  const { rows } = await pool.query<{ now: Date }>('SELECT clock_timestamp() AS now');
  return rows[0]?.now.getTime() ?? Number.NaN;
}

/** Whether analytics has every chunk up to this one. */
export async function isDelivered(pool: pg.Pool, uptoChunkId: number): Promise<boolean> {
  const { rows } = await pool.query<{ delivered: boolean }>(
    'SELECT NOT EXISTS (SELECT FROM chunks WHERE chunk_id <= $1 AND delivered_at IS NULL) AS delivered',
    [uptoChunkId],
  );
  return rows[0]?.delivered ?? false;
}
