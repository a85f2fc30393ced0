import type { ClickHouseClient } from '@clickhouse/client';
import {
  AggregateQuery,
  type FraudSummaryQuery,
  type FraudSummaryReply,
  SEPARATES_CLICKS_MIN,
  SEPARATES_NOTHING_FROM,
} from '@clickledger/contract';
import { SHADOW_PREFIX } from '../../click/click.js';
import { QUERY_LIMITS } from '../client.js';
import { aggregate } from './aggregate.js';
import { type Params, rangeConditions } from './click-filters.js';
import type { Rollups } from './rollups.js';

/** Filters of the fraud pages. */
export interface FraudScope {
  start_time: string;
  end_time: string;
  advertiser_id?: string | undefined;
  campaign_id?: string | undefined;
  ad_id?: string | undefined;
  country?: string | undefined;
  device_type?: string | undefined;
  os?: string | undefined;
  browser?: string | undefined;
}

const SCOPE = ['advertiser_id', 'campaign_id', 'ad_id', 'country', 'device_type', 'os', 'browser'] as const;

/** Conditions on `flagged_clicks` and `click_events` alike, every value bound. */
export function fraudConditions(tenantId: number, scope: FraudScope, params: Params): string[] {
  params.tenant = tenantId;
  const conditions = ['tenant_id = {tenant:UInt32}', ...rangeConditions(scope, params)];
  for (const column of SCOPE) {
    const value = scope[column];
    if (value === undefined) continue;
    params[`f_${column}`] = value;
    conditions.push(`${column} = {f_${column}:String}`);
  }
  return conditions;
}

interface FlaggedRow {
  bucket: number;
  reason: string;
  decided: number;
  saved: number;
  fired: Record<string, number>;
}

/** `GET /fraud/summary` for one tenant: all clicks from the rollups, the reasons from the few that any rule spoke on. */
export async function fraudSummary(
  client: ClickHouseClient,
  tenantId: number,
  query: FraudSummaryQuery,
  rollups: Rollups,
): Promise<FraudSummaryReply> {
  const startedAt = performance.now();
  // What a rule flagged is held against all clicks, or its rate would always be 1.
  const { fraud_reason: only, ...scope } = query;
  const [all, flagged] = await Promise.all([
    aggregate(client, tenantId, AggregateQuery.parse({ ...scope, fill: 'true' }), rollups),
    readFlagged(client, tenantId, query),
  ]);
  const rules = new Map<string, { decided: number; fired: number; shadow: number; fired_on_clean: number }>();
  const ruleOf = (name: string) => {
    const known = rules.get(name) ?? { decided: 0, fired: 0, shadow: 0, fired_on_clean: 0 };
    rules.set(name, known);
    return known;
  };
  const byBucket = new Map<string, Record<string, number>>();
  let saved = 0;
  for (const row of flagged) {
    for (const [name, count] of Object.entries(row.fired)) {
      const isShadow = name.startsWith(SHADOW_PREFIX);
      const rule = ruleOf(isShadow ? name.slice(SHADOW_PREFIX.length) : name);
      rule[isShadow ? 'shadow' : 'fired'] += count;
      if (row.reason === '') rule.fired_on_clean += count;
    }
    if (row.reason === '') continue;
    ruleOf(row.reason).decided += row.decided;
    if (only !== undefined && row.reason !== only) continue;
    saved += row.saved;
    const time = new Date(row.bucket * 1_000).toISOString();
    const bucket = byBucket.get(time) ?? {};
    byBucket.set(time, bucket);
    bucket[row.reason] = (bucket[row.reason] ?? 0) + row.decided;
  }
  const flaggedIn = (bucket: string, fraudCount: number) =>
    only === undefined ? fraudCount : (byBucket.get(bucket)?.[only] ?? 0);
  const series = all.data.map(({ time_bucket, clicks, fraud_count }) => ({
    time_bucket,
    clicks,
    fraud_count: flaggedIn(time_bucket, fraud_count),
    by_rule: byBucket.get(time_bucket) ?? {},
  }));
  const fraudCount = series.reduce((sum, bucket) => sum + bucket.fraud_count, 0);
  const clean = all.total_clicks - all.data.reduce((sum, row) => sum + row.fraud_count, 0);
  return {
    clicks: all.total_clicks,
    fraud_count: fraudCount,
    fraud_rate: all.total_clicks === 0 ? 0 : fraudCount / all.total_clicks,
    saved_micros: saved,
    rules: [...rules]
      .map(([rule, counts]) => {
        // A chunk may arrive in one table a moment before the other.
        const clean_share = clean > 0 ? Math.min(1, counts.fired_on_clean / clean) : 0;
        const separates_nothing = clean >= SEPARATES_CLICKS_MIN && clean_share > SEPARATES_NOTHING_FROM;
        return { rule, ...counts, clean_share, separates_nothing };
      })
      .sort((a, b) => b.decided - a.decided || b.fired - a.fired || (a.rule < b.rule ? -1 : 1)),
    series,
    query_time_ms: Math.round((performance.now() - startedAt) * 100) / 100,
  };
}

async function readFlagged(
  client: ClickHouseClient,
  tenantId: number,
  query: FraudSummaryQuery,
): Promise<FlaggedRow[]> {
  const params: Params = { zone: query.timezone };
  const conditions = fraudConditions(tenantId, query, params);
  // The same buckets as aggregate.ts, which says why not toStartOfHour.
  const bucket = {
    minute: 'toUnixTimestamp(toStartOfMinute(clicked_at, {zone:String}))',
    hour: 'toUnixTimestamp(clicked_at) - (toUnixTimestamp(clicked_at) + timeZoneOffset(toTimeZone(clicked_at, {zone:String}))) % 3600',
    day: 'toUnixTimestamp(toStartOfDay(clicked_at, {zone:String}))',
  }[query.granularity];
  const result = await client.query({
    query: `SELECT
  toInt64(${bucket}) AS bucket,
  if(is_fraudulent = 1, toString(fraud_reason), '') AS reason,
  sum(sign) AS decided,
  sum(sign * cost_micros) AS saved,
  sumMap(arrayMap(rule -> (rule, toInt64(sign)), splitByChar(',', toString(fraud_reasons)))::Map(String, Int64)) AS fired
FROM flagged_clicks WHERE ${conditions.join(' AND ')}
GROUP BY bucket, reason`,
    query_params: params,
    format: 'JSONEachRow',
    clickhouse_settings: { ...QUERY_LIMITS, output_format_json_quote_64bit_integers: 0 },
  });
  return result.json<FlaggedRow>();
}
