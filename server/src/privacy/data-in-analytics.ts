import type { ClickHouseClient } from '@clickhouse/client';
import { PLATFORM_CLICK_IDS } from '@clickledger/contract';
import { DATABASE, QUERY_LIMITS } from '../analytics/client.js';
import { sleep } from '../lib/backoff.js';

/** The tables that hold what a click came with. Rollups hold counts, and sketches of keys that lead to nobody. */
const TABLES = ['click_events', 'flagged_clicks'] as const;
/** The piece of the user agent that gave a robot away, as evidence has it. */
const AGENT_IN_EVIDENCE = String.raw`'"matched":"(\\\\.|[^"\\\\])*"'`;
const PLATFORM_IDS = PLATFORM_CLICK_IDS.map((name) => `'${name}'`).join(', ');
const LOOK_MS = 100;
/** A statement whose parameters no log of the engine may keep. */
const UNLOGGED = { log_queries: 0 } as const;

/** Whose clicks: a user's, or everybody's of a span of receipt. */
export type Whose = { userId: string } | { fromMs: number; toMs: number };

const receivedBefore = (ms: number) => `received_at < fromUnixTimestamp64Milli(${ms}, 'UTC')`;

/** Clicks that say whose they are. The name is a parameter, `{user}`. */
function condition(tenantId: number, whose: Whose): { where: string; params: Record<string, unknown> } {
  if ('userId' in whose)
    return {
      where: `tenant_id = ${tenantId} AND user_id = {user:String}`,
      params: { user: whose.userId },
    };
  return { where: `tenant_id = ${tenantId} AND ${receivedIn(whose)}`, params: {} };
}

const receivedIn = ({ fromMs, toMs }: { fromMs: number; toMs: number }) =>
  `received_at >= fromUnixTimestamp64Milli(${fromMs}, 'UTC') AND received_at < fromUnixTimestamp64Milli(${toMs}, 'UTC')
   AND (user_id != '' OR ip_hash != '' OR user_agent != '' OR referrer != '')`;

/** What is forgotten, and under which id the engine may keep the statements that do it. */
export interface Forgetting {
  erasureId: string;
  tenantId: number;
  whose: Whose;
  salt: string;
  /** Only clicks received before this moment, in milliseconds since 1970: whoever is erased may go on clicking. */
  beforeMs: number;
}

/**
 * Takes who they were off these clicks, in place: the parts that hold them are rewritten. Nothing is counted again, since
 * materialized views see inserts alone. Neither the name nor the salt is in a statement that the engine keeps.
 *
 * @param signal given up, the mutations go on in the engine, and the next try waits for them
 * @throws when a mutation fails, or the signal is aborted
 */
export async function forgetInAnalytics(
  client: ClickHouseClient,
  { erasureId, tenantId, whose, salt, beforeMs }: Forgetting,
  signal: AbortSignal,
): Promise<void> {
  const one = `FROM ${DATABASE}.erasing WHERE erasure_id = toUUID('${erasureId}')`;
  const isTheirs = 'userId' in whose ? `user_id IN (SELECT user_id ${one})` : receivedIn(whose);
  await client.insert({
    table: 'erasing',
    values: [{ erasure_id: erasureId, user_id: 'userId' in whose ? whose.userId : '', salt }],
    format: 'JSONEachRow',
    clickhouse_settings: UNLOGGED,
  });
  for (const table of TABLES)
    await client.command({
      query: `ALTER TABLE ${table} UPDATE user_id = '', ip_hash = '', user_agent = '', referrer = '',
        landing = mapFilter((name, value) -> name NOT IN (${PLATFORM_IDS}), landing),
        fraud_evidence = replaceRegexpAll(fraud_evidence, ${AGENT_IN_EVIDENCE}, '"matched":"(erased)"'),
        visitor_key = if(visitor_key = 0, 0, reinterpretAsUInt64(substring(
          SHA256(concat((SELECT any(salt) ${one}), lower(hex(reinterpretAsFixedString(visitor_key))))), 1, 8)))
        WHERE tenant_id = ${tenantId} AND ${receivedBefore(beforeMs)} AND ${isTheirs}`,
      // Not waited for here: the reply would be silent for longer than any client or proxy may wait.
      clickhouse_settings: { mutations_sync: '0' },
    });
  await mutationsEnd(client, erasureId, signal);
  await client.command({ query: `ALTER TABLE erasing DROP PARTITION '${erasureId}'` });
}

/** Waits until the engine has done them. */
async function mutationsEnd(client: ClickHouseClient, erasureId: string, signal: AbortSignal): Promise<void> {
  for (;;) {
    const result = await client.query({
      query: `SELECT latest_fail_reason AS failure FROM system.mutations
        WHERE database = '${DATABASE}' AND NOT is_done AND position(command, {id:String}) > 0`,
      query_params: { id: erasureId },
      format: 'JSONEachRow',
    });
    const rows = await result.json<{ failure: string }>();
    if (rows.length === 0) return;
    const failed = rows.find(({ failure }) => failure !== '');
    if (failed) throw new Error(`personal data could not be taken away: ${failed.failure}`);
    signal.throwIfAborted();
    await sleep(LOOK_MS, signal);
  }
}

/** Clicks received before a moment that still say whose they are. */
export async function countInAnalytics(
  client: ClickHouseClient,
  { tenantId, whose, beforeMs }: Pick<Forgetting, 'tenantId' | 'whose' | 'beforeMs'>,
): Promise<number> {
  const { where, params } = condition(tenantId, whose);
  const each = TABLES.map(
    (table) => `SELECT count() AS n FROM ${table} WHERE ${where} AND ${receivedBefore(beforeMs)}`,
  );
  const result = await client.query({
    query: `SELECT sum(n) AS n FROM (${each.join(' UNION ALL ')})`,
    query_params: params,
    format: 'JSONEachRow',
    clickhouse_settings: { ...QUERY_LIMITS, ...UNLOGGED },
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
    clickhouse_settings: { ...QUERY_LIMITS, ...UNLOGGED, date_time_output_format: 'iso' },
  });
  return result.json<Record<string, unknown>>();
}
