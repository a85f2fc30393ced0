import type { ClickHouseClient } from '@clickhouse/client';
import {
  LIMITS,
  type ModelDimension,
  type ModelReportQuery,
  type ModelReportReply,
  toDecimal,
} from '@clickledger/contract';
import { ownTurn } from '../lib/own-turn.js';
import type { Database } from '../lib/sql.js';
import { Invalid } from '../lib/told.js';
import { shareConversion } from './models/models.js';
import { byTime, clicksBefore, clicksOfSameUsers, type PathClick, type PathEnd } from './path.js';

const DAY_MS = 86_400_000;
/** Conversions that are shared in one go: whatever is small and waits is done between. */
const SLICE = 500;

/** The field of a click for each dimension. */
const FIELDS = {
  campaign_id: 'campaignId',
  advertiser_id: 'advertiserId',
  ad_id: 'adId',
  country: 'country',
  device_type: 'deviceType',
  os: 'os',
  browser: 'browser',
} as const satisfies Record<ModelDimension, keyof PathClick>;

type ClickOfConversion = Omit<PathClick, 'userId' | 'isFraudulent'>;

/** A conversion as it counts in the range: once, or less once when it was changed after its own period was closed. */
interface CountedConversion extends ClickOfConversion {
  action: string;
  convertedAtMs: number;
  valueMicros: string;
  currency: string;
  sign: number;
}

/** Shares that were added up, by the value of the dimension. */
type Sums = Map<string, { conversions: bigint; values: Map<string, bigint> }>;

/**
 * `GET /analytics/attribution`: the conversions of a range, shared among the clicks of their paths.
 *
 * @throws Invalid when the range holds more than a report may, or what a store says
 */
export async function reportModel(
  { client, ledger, tenantId }: { client: ClickHouseClient; ledger: Database; tenantId: number },
  query: ModelReportQuery,
): Promise<ModelReportReply> {
  const chosen = conditionsOf(tenantId, query);
  const conversions = await countedConversions(client, chosen);
  if (conversions.length > LIMITS.modelConversionsMax)
    throw new Invalid(
      `More than ${LIMITS.modelConversionsMax} conversions; choose a shorter range`,
      'end_time',
    );
  const windows = await readUserWindows(ledger, tenantId);
  const ofUsers = await usersOf(client, tenantId, chosen, conversions, windows);
  const sums: Sums = new Map();
  for (let i = 0; i < conversions.length; i += SLICE) {
    if (i > 0) await ownTurn(true);
    for (const conversion of conversions.slice(i, i + SLICE))
      addShares(sums, query, conversion, windows, ofUsers);
  }
  const total: Sums = new Map();
  for (const { conversions: parts, values } of sums.values()) {
    addTo(total, '', parts, 0n, '');
    for (const [currency, micros] of values) addTo(total, '', 0n, micros, currency);
  }
  return {
    start_time: new Date(query.start_time).toISOString(),
    end_time: new Date(query.end_time).toISOString(),
    model: query.model,
    half_life_days: query.half_life_days,
    group_by: query.group_by,
    data: [...sums]
      .sort(([a, x], [b, y]) =>
        x.conversions === y.conversions ? (a < b ? -1 : 1) : x.conversions < y.conversions ? 1 : -1,
      )
      .map(([group, sum]) => ({ group, ...figuresOf(sum) })),
    total: figuresOf(total.get('') ?? { conversions: 0n, values: new Map() }),
  };
}

interface Conditions {
  sql: string;
  params: Record<string, unknown>;
}

function conditionsOf(tenantId: number, query: ModelReportQuery): Conditions {
  const conditions = [
    `tenant_id = {tenant:UInt32} AND basis = 'conversion' AND status = 'attributed' AND bitAnd(views, 1) != 0`,
    `at >= fromUnixTimestamp64Milli({start:Int64}, 'UTC') AND at < fromUnixTimestamp64Milli({end:Int64}, 'UTC')`,
  ];
  const params: Record<string, unknown> = {
    tenant: tenantId,
    start: Date.parse(query.start_time),
    end: Date.parse(query.end_time),
  };
  for (const column of ['action', 'advertiser_id'] as const) {
    if (query[column] === undefined) continue;
    conditions.push(`${column} IN {${column}:Array(String)}`);
    params[column] = query[column];
  }
  return { sql: conditions.join(' AND '), params };
}

async function countedConversions(
  client: ClickHouseClient,
  { sql, params }: Conditions,
): Promise<CountedConversion[]> {
  const result = await client.query({
    query: `SELECT action, toUnixTimestamp64Milli(converted_at) AS convertedAtMs, toString(value_micros) AS valueMicros, currency,
        toString(click_id) AS clickId, toUnixTimestamp64Milli(clicked_at) AS clickedAtMs, advertiser_id AS advertiserId,
        campaign_id AS campaignId, ad_id AS adId, country, device_type AS deviceType, os, browser, toInt32(sum(sign)) AS sign
      FROM conversion_events WHERE ${sql}
      GROUP BY conversion_id, action, converted_at, value_micros, currency, click_id, clicked_at, advertiser_id, campaign_id, ad_id,
        country, device_type, os, browser
      HAVING sign != 0 LIMIT ${LIMITS.modelConversionsMax + 1}`,
    query_params: params,
    format: 'JSONEachRow',
    clickhouse_settings: {
      max_execution_time: 30,
      timeout_overflow_mode: 'throw',
      max_memory_usage: '2000000000',
      output_format_json_quote_64bit_integers: 0,
    },
  });
  return result.json<CountedConversion>();
}

/** By action, in days. */
async function readUserWindows(ledger: Database, tenantId: number): Promise<Map<string, number>> {
  const { rows } = await ledger.query<{ action: string; days: number }>(
    'SELECT action, user_window_days AS days FROM conversion_actions WHERE tenant_id = $1',
    [tenantId],
  );
  return new Map(rows.map(({ action, days }) => [action, days]));
}

/** For each click of a conversion, the valid clicks of its user in order. A click without a user has none. */
async function usersOf(
  client: ClickHouseClient,
  tenantId: number,
  { sql, params }: Conditions,
  conversions: readonly CountedConversion[],
  windows: ReadonlyMap<string, number>,
): Promise<Map<string, PathClick[]>> {
  let fromMs = Number.POSITIVE_INFINITY;
  let toMs = 0;
  for (const { clickedAtMs, convertedAtMs, action } of conversions) {
    fromMs = Math.min(fromMs, clickedAtMs, convertedAtMs - (windows.get(action) ?? 0) * DAY_MS);
    toMs = Math.max(toMs, clickedAtMs);
  }
  if (conversions.length === 0) return new Map();
  const clicks = await clicksOfSameUsers(
    client,
    tenantId,
    { sql: `SELECT click_id FROM conversion_events WHERE ${sql}`, params },
    { fromMs, toMs },
    LIMITS.modelClicksMax,
  );
  if (clicks.length > LIMITS.modelClicksMax)
    throw new Invalid(
      `More than ${LIMITS.modelClicksMax} clicks of the users who converted; choose a shorter range`,
      'end_time',
    );
  const ofUser = new Map<string, PathClick[]>();
  for (const click of clicks.sort(byTime)) {
    const known = ofUser.get(click.userId) ?? [];
    // In place of a copy for each click.
    known.push(click);
    ofUser.set(click.userId, known);
  }
  const valid = new Map(
    [...ofUser].map(([user, all]) => [user, all.filter(({ isFraudulent }) => !isFraudulent)]),
  );
  return new Map(clicks.map(({ clickId, userId }) => [clickId, valid.get(userId) ?? []]));
}

function addShares(
  sums: Sums,
  { model, half_life_days, group_by }: ModelReportQuery,
  conversion: CountedConversion,
  windows: ReadonlyMap<string, number>,
  ofUsers: ReadonlyMap<string, readonly PathClick[]>,
): void {
  const end: PathEnd = { ...conversion, userWindowDays: windows.get(conversion.action) ?? 0 };
  const path: ClickOfConversion[] = [...clicksBefore(end, ofUsers.get(conversion.clickId) ?? []), conversion];
  const shares = shareConversion(
    { model, halfLifeDays: half_life_days },
    path.map(({ clickedAtMs }) => clickedAtMs),
    BigInt(conversion.valueMicros),
  );
  const sign = BigInt(conversion.sign);
  path.forEach((click, i) => {
    const share = shares[i];
    if (share && (share.conversionMicros !== 0n || share.valueMicros !== 0n))
      addTo(
        sums,
        click[FIELDS[group_by]],
        sign * share.conversionMicros,
        sign * share.valueMicros,
        conversion.currency,
      );
  });
}

function addTo(sums: Sums, group: string, conversions: bigint, micros: bigint, currency: string): void {
  const sum = sums.get(group) ?? { conversions: 0n, values: new Map<string, bigint>() };
  sum.conversions += conversions;
  if (currency !== '') sum.values.set(currency, (sum.values.get(currency) ?? 0n) + micros);
  sums.set(group, sum);
}

function figuresOf({ conversions, values }: { conversions: bigint; values: ReadonlyMap<string, bigint> }) {
  return {
    conversions_micros: Number(conversions),
    conversions: toDecimal({ micros: conversions, currency: '' }),
    conversion_values: [...values]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([currency, micros]) => ({
        value_micros: Number(micros),
        value: toDecimal({ micros, currency }),
        currency,
      })),
  };
}
