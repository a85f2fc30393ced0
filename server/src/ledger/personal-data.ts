import type pg from 'pg';
import { ISO_UTC } from './sql.js';

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
       fraud_evidence
     FROM click_events WHERE tenant_id = $1 AND user_id = $2 ORDER BY clicked_at, click_id LIMIT $3`,
    [tenantId, userId, limit],
  );
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

/** Takes a user off their clicks and off the lists. Returns how many clicks those are. */
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

/** Clicks of a tenant that have outlived what it decided, by the time of receipt. */
export interface Outlived {
  tenantId: number;
  fromMs: number;
  toMs: number;
}

/** Whole days of UTC that are older than a tenant keeps personal data, and that were not done yet. */
export async function findOutlived(pool: pg.Pool, nowMs: number): Promise<Outlived[]> {
  const { rows } = await pool.query<Outlived>(
    `SELECT tenant_id AS "tenantId", (extract(epoch FROM from_time) * 1000)::float8 AS "fromMs",
       (extract(epoch FROM to_time) * 1000)::float8 AS "toMs"
     FROM (
       SELECT tenant_id, coalesce(anonymous_until, '1970-01-01Z') AS from_time,
         date_trunc('day', ($1::timestamptz - make_interval(days => personal_data_days)) AT TIME ZONE 'UTC') AT TIME ZONE 'UTC' AS to_time
       FROM tenants WHERE personal_data_days IS NOT NULL
     ) AS spans WHERE from_time < to_time`,
    [new Date(nowMs)],
  );
  return rows;
}

/** Takes everybody off the clicks of a span. Returns how many those are. */
export async function forgetSpan(client: pg.PoolClient, span: Outlived, salt: string): Promise<number> {
  const [row] = await scan<{ clicks: number }>(client, 'SELECT forget_span($1, $2, $3, $4) AS clicks', [
    ...[span.tenantId, new Date(span.fromMs), new Date(span.toMs), salt],
  ]);
  return row?.clicks ?? 0;
}

export async function noteForgotten(pool: pg.Pool, span: Outlived): Promise<void> {
  await pool.query('UPDATE tenants SET anonymous_until = $2 WHERE tenant_id = $1', [
    span.tenantId,
    new Date(span.toMs),
  ]);
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

/** Whether analytics has every chunk up to this one. */
export async function isDelivered(pool: pg.Pool, uptoChunkId: number): Promise<boolean> {
  const { rows } = await pool.query<{ delivered: boolean }>(
    'SELECT NOT EXISTS (SELECT FROM chunks WHERE chunk_id <= $1 AND delivered_at IS NULL) AS delivered',
    [uptoChunkId],
  );
  return rows[0]?.delivered ?? false;
}
