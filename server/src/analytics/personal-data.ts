import type { ClickHouseClient } from '@clickhouse/client';
import { QUERY_LIMITS } from './client.js';

/** The tables that hold what a click came with. Rollups hold counts, and sketches of keys that lead to nobody. */
const TABLES = ['click_events', 'flagged_clicks'] as const;
const MUTATION_MS_MAX = 15 * 60_000;

/** Whose clicks: a user's, or everybody's of a span of receipt. */
export type Whose = { userId: string } | { fromMs: number; toMs: number };

function condition(tenantId: number, whose: Whose): { where: string; params: Record<string, unknown> } {
  if ('userId' in whose)
    return {
      where: 'tenant_id = {tenant:UInt32} AND user_id = {user:String}',
      params: { tenant: tenantId, user: whose.userId },
    };
  return {
    where: `tenant_id = {tenant:UInt32} AND received_at >= {from:DateTime64(3, 'UTC')} AND received_at < {to:DateTime64(3, 'UTC')}
      AND (user_id != '' OR ip_hash != '' OR user_agent != '' OR referrer != '')`,
    params: { tenant: tenantId, from: new Date(whose.fromMs), to: new Date(whose.toMs) },
  };
}

/**
 * Takes who they were off these clicks, in place: the parts that hold them are written anew. Nothing is counted again, since
 * materialized views see inserts alone. Resolves when it is done.
 */
export async function forgetInAnalytics(
  client: ClickHouseClient,
  tenantId: number,
  whose: Whose,
  salt: string,
): Promise<void> {
  const { where, params } = condition(tenantId, whose);
  for (const table of TABLES)
    await client.command({
      query: `ALTER TABLE ${table} UPDATE user_id = '', ip_hash = '', user_agent = '', referrer = '',
        visitor_key = reinterpretAsUInt64(substring(SHA256(concat({salt:String}, lower(hex(reinterpretAsFixedString(visitor_key))))), 1, 8))
        WHERE ${where}`,
      query_params: { ...params, salt },
      clickhouse_settings: { mutations_sync: '1', max_execution_time: MUTATION_MS_MAX / 1_000 },
    });
}

/** Clicks that still say whose they are. */
export async function countInAnalytics(
  client: ClickHouseClient,
  tenantId: number,
  whose: Whose,
): Promise<number> {
  const { where, params } = condition(tenantId, whose);
  const each = TABLES.map((table) => `SELECT count() AS n FROM ${table} WHERE ${where}`);
  const result = await client.query({
    query: `SELECT sum(n) AS n FROM (${each.join(' UNION ALL ')})`,
    query_params: params,
    format: 'JSONEachRow',
    clickhouse_settings: QUERY_LIMITS,
  });
  const [row] = await result.json<{ n: string }>();
  return Number(row?.n ?? 0);
}

/** What analytics holds of a user, a row as it is stored; at most `limit`. */
export async function userRowsInAnalytics(
  client: ClickHouseClient,
  tenantId: number,
  userId: string,
  limit: number,
): Promise<Record<string, unknown>[]> {
  const result = await client.query({
    query: `SELECT * FROM click_events WHERE tenant_id = {tenant:UInt32} AND user_id = {user:String}
      ORDER BY clicked_at, click_id, revision, sign LIMIT {limit:UInt32}`,
    query_params: { tenant: tenantId, user: userId, limit },
    format: 'JSONEachRow',
    clickhouse_settings: { ...QUERY_LIMITS, date_time_output_format: 'iso' },
  });
  return result.json<Record<string, unknown>>();
}
