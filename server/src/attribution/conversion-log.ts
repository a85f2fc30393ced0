import type { ClickHouseClient } from '@clickhouse/client';
import {
  type ConversionLogQuery,
  type ConversionLogReply,
  type ConversionStatus,
  type LoggedConversion,
  toDecimal,
  type UnattributedReason,
} from '@clickledger/contract';
import { decodeCursor, encodeCursor } from '../analytics/queries/click-cursor.js';
import type { Database } from '../lib/sql.js';
import { readSent, type SentConversion } from './sent-conversions.js';

const DAY_MS = 86_400_000;
/** A page is looked for in longer and longer times before its end, until it is full. */
const LOOKS_MS = [DAY_MS, 30 * DAY_MS, Number.POSITIVE_INFINITY];
const TIME_MS_MAX = Date.UTC(2200, 0, 1);
const SETTINGS = {
  max_execution_time: 10,
  timeout_overflow_mode: 'throw',
  max_memory_usage: '2000000000',
  output_format_json_quote_64bit_integers: 0,
} as const;

interface Row {
  conversionId: string;
  action: string;
  convertedAtMs: number;
  status: ConversionStatus;
  reason: UnattributedReason | '';
  /** Text: JSON has no numbers beyond 2^53. */
  valueMicros: string;
  currency: string;
  clickId: string;
  clickedAtMs: number;
  advertiserId: string;
  campaignId: string;
  adId: string;
  secondsToConvert: number;
  revision: number;
}

/** Parts of `GET /conversions`: analytics as the caller sees it, and the ledger. */
export interface ConversionLogParts {
  client: ClickHouseClient;
  ledger: Database;
  tenantId: number;
  /** The only advertisers whose conversions the caller sees; null: all. */
  advertiserIds: readonly string[] | null;
}

/**
 * `GET /conversions`: a page of a tenant's conversions in their newest states, newest first.
 *
 * @throws `WrongCursor`, or what a store says
 */
export async function readConversionLog(
  parts: ConversionLogParts,
  query: ConversionLogQuery,
): Promise<ConversionLogReply> {
  const startedAt = performance.now();
  const ids = query.order_id === undefined ? null : await idsOfOrder(parts, query.order_id);
  const rows = ids?.length === 0 ? [] : await findPage(parts, query, ids);
  const page = rows.slice(0, query.limit);
  const sent = await readSent(
    parts.ledger,
    parts.tenantId,
    page.map(({ conversionId }) => conversionId),
  );
  const last = rows.length > query.limit ? page.at(-1) : undefined;
  return {
    data: page.map((row) => toLogged(row, sent.get(row.conversionId))),
    next_cursor: last ? encodeCursor({ clickedAtMs: last.convertedAtMs, clickId: last.conversionId }) : null,
    query_time_ms: Math.round((performance.now() - startedAt) * 100) / 100,
  };
}

async function findPage(
  parts: ConversionLogParts,
  query: ConversionLogQuery,
  ids: readonly string[] | null,
): Promise<Row[]> {
  const startMs = query.start_time === undefined ? 0 : Date.parse(query.start_time);
  const after = query.cursor === undefined ? null : decodeCursor(query.cursor);
  // Of conversions of the cursor's own time, those with a lesser ID are left.
  const endMs = Math.min(
    query.end_time === undefined ? TIME_MS_MAX : Date.parse(query.end_time),
    after ? after.clickedAtMs + 1 : TIME_MS_MAX,
  );
  const newestMs = (await newestTime(parts, endMs)) ?? startMs;
  for (const lookMs of ids ? LOOKS_MS.slice(-1) : LOOKS_MS) {
    const fromMs = Math.max(startMs, newestMs - lookMs);
    const rows = await findRows(parts, query, { fromMs, endMs, after, ids });
    if (rows.length > query.limit || fromMs === startMs) return rows;
  }
  return [];
}

/** When the last conversion before this time was; null without one. */
async function newestTime({ client, tenantId }: ConversionLogParts, endMs: number): Promise<number | null> {
  const result = await client.query({
    query: `SELECT toUnixTimestamp64Milli(at) AS ms FROM conversion_events
      WHERE tenant_id = {tenant:UInt32} AND basis = 'conversion' AND deferred = 0 AND at < fromUnixTimestamp64Milli({end:Int64}, 'UTC')
      ORDER BY at DESC LIMIT 1`,
    query_params: { tenant: tenantId, end: endMs },
    format: 'JSONEachRow',
    clickhouse_settings: SETTINGS,
  });
  const [row] = await result.json<{ ms: number }>();
  return row?.ms ?? null;
}

/** The newest state of each conversion in a time. One that changed in a later period, as its own was closed, has that state here too. */
async function findRows(
  { client, tenantId, advertiserIds }: ConversionLogParts,
  query: ConversionLogQuery,
  range: {
    fromMs: number;
    endMs: number;
    after: { clickedAtMs: number; clickId: string } | null;
    ids: readonly string[] | null;
  },
): Promise<Row[]> {
  const params: Record<string, unknown> = {
    tenant: tenantId,
    from: range.fromMs,
    end: range.endMs,
    limit: query.limit + 1,
  };
  const chosen: string[] = ['true'];
  const where = (column: string, type: string, value: unknown) => {
    if (value === undefined || value === null) return;
    params[column] = value;
    chosen.push(
      type.startsWith('Array') ? `${column} IN {${column}:${type}}` : `${column} = {${column}:${type}}`,
    );
  };
  where('action', 'String', query.action);
  where('status', 'String', query.status);
  where('reason', 'String', query.reason);
  where('click_id', 'UUID', query.click_id);
  where('campaign_id', 'String', query.campaign_id);
  where('ad_id', 'String', query.ad_id);
  const theirs = query.advertiser_id;
  if (advertiserIds === null) where('advertiser_id', 'String', theirs);
  else
    where(
      'advertiser_id',
      'Array(String)',
      theirs === undefined ? advertiserIds : advertiserIds.filter((id) => id === theirs),
    );
  if (range.after) {
    params.after_ms = range.after.clickedAtMs;
    params.after_id = range.after.clickId;
    chosen.push(
      `(converted_at < fromUnixTimestamp64Milli({after_ms:Int64}, 'UTC') OR conversion_id < {after_id:UUID})`,
    );
  }
  if (range.ids) params.ids = range.ids;
  const latest = (column: string) => `argMax(${column}, revision) AS ${column}`;
  const result = await client.query({
    query: `SELECT toString(conversion_id) AS conversionId, action, toUnixTimestamp64Milli(converted_at) AS convertedAtMs, status, reason,
        toString(value_micros) AS valueMicros, currency, toString(click_id) AS clickId, toUnixTimestamp64Milli(clicked_at) AS clickedAtMs,
        advertiser_id AS advertiserId, campaign_id AS campaignId, ad_id AS adId, seconds_to_convert AS secondsToConvert, latest AS revision
      FROM (
        SELECT conversion_id, any(e.action) AS action, any(e.converted_at) AS converted_at, max(e.revision) AS latest,
          ${['status', 'reason', 'value_micros', 'currency', 'click_id', 'clicked_at', 'advertiser_id', 'campaign_id', 'ad_id', 'seconds_to_convert'].map((column) => latest(`e.${column}`).replace('AS e.', 'AS ')).join(', ')}
        FROM conversion_events AS e
        WHERE tenant_id = {tenant:UInt32} AND basis = 'conversion' AND sign = 1
          AND bitAnd(views, ${query.attribution === 'all_clicks' ? 2 : 1}) != 0
          AND at >= fromUnixTimestamp64Milli({from:Int64}, 'UTC') AND (at < fromUnixTimestamp64Milli({end:Int64}, 'UTC') OR deferred = 1)
          AND e.converted_at >= fromUnixTimestamp64Milli({from:Int64}, 'UTC')
          AND e.converted_at < fromUnixTimestamp64Milli({end:Int64}, 'UTC')
          ${range.ids ? 'AND conversion_id IN {ids:Array(UUID)}' : ''}
        GROUP BY conversion_id
      )
      WHERE ${chosen.join(' AND ')}
      ORDER BY converted_at DESC, conversion_id DESC LIMIT {limit:UInt32}`,
    query_params: params,
    format: 'JSONEachRow',
    clickhouse_settings: SETTINGS,
  });
  return result.json<Row>();
}

/** An order may be one of several actions. */
async function idsOfOrder({ ledger, tenantId }: ConversionLogParts, orderId: string): Promise<string[]> {
  const { rows } = await ledger.query<{ id: string }>(
    `SELECT k.conversion_id AS id FROM conversion_actions a
     JOIN conversion_keys k ON k.tenant_id = a.tenant_id AND k.action = a.action AND k.dedup_key = 'o:' || $2
     WHERE a.tenant_id = $1`,
    [tenantId, orderId],
  );
  return rows.map(({ id }) => id);
}

const NO_CLICK = '00000000-0000-0000-0000-000000000000';
const isoOf = (ms: number) => new Date(ms).toISOString();

function toLogged(row: Row, sent: SentConversion | undefined): LoggedConversion {
  const hasClick = row.clickId !== NO_CLICK;
  return {
    conversion_id: row.conversionId,
    action: row.action,
    converted_at: isoOf(row.convertedAtMs),
    status: row.status,
    reason: row.reason === '' ? null : row.reason,
    value_micros: Number(row.valueMicros),
    value: toDecimal({ micros: BigInt(row.valueMicros), currency: row.currency }),
    currency: row.currency,
    click_id: hasClick ? row.clickId : null,
    clicked_at: hasClick ? isoOf(row.clickedAtMs) : null,
    advertiser_id: hasClick ? row.advertiserId : null,
    campaign_id: hasClick ? row.campaignId : null,
    ad_id: hasClick ? row.adId : null,
    seconds_to_convert: hasClick ? row.secondsToConvert : null,
    revision: row.revision,
    order_id: sent?.orderId ?? null,
    received_at: sent?.receivedAt ?? null,
    source: sent?.source ?? null,
  };
}
