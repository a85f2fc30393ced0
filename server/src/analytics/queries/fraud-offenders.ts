import type { ClickHouseClient } from '@clickhouse/client';
import type { OffenderKind, OffendersQuery, OffendersReply } from '@clickledger/contract';
import type { Params } from './click-filters.js';
import { CLICK_SETTINGS } from './click-row.js';
import { fraudConditions } from './fraud-summary.js';

const EXPRESSIONS: Record<OffenderKind, string> = {
  ip_hash: 'ip_hash',
  user_id: 'user_id',
  ad_id: 'toString(ad_id)',
  referrer_host: 'domain(referrer)',
  campaign_id: 'toString(campaign_id)',
};

type Offender = OffendersReply['data'][number];
type Top = Omit<Offender, 'clicks' | 'share'>;

/** `GET /fraud/offenders` for one tenant: the worst from the flagged clicks, then all clicks of just those. */
export async function fraudOffenders(
  client: ClickHouseClient,
  tenantId: number,
  query: OffendersQuery,
): Promise<OffendersReply> {
  const startedAt = performance.now();
  const params: Params = { limit: query.limit };
  const conditions = fraudConditions(tenantId, query, params).join(' AND ');
  let byRule = '';
  if (query.fraud_reason !== undefined) {
    params.rule = query.fraud_reason;
    byRule = ' AND fraud_reason = {rule:String}';
  }
  const ask = async <T>(sql: string, more: Record<string, unknown> = {}) =>
    (
      await client.query({
        query: sql,
        query_params: { ...params, ...more },
        format: 'JSONEachRow',
        clickhouse_settings: CLICK_SETTINGS,
      })
    ).json<T>();

  const expression = EXPRESSIONS[query.by];
  const top =
    await ask<Top>(`SELECT ${expression} AS value, sum(sign) AS flagged, min(clicked_at) AS first_seen,
  max(clicked_at) AS last_seen, topK(10)(toString(fraud_reason)) AS rules, sum(sign * cost_micros) AS saved_micros
FROM flagged_clicks WHERE ${conditions} AND is_fraudulent = 1${byRule} AND value != ''
GROUP BY value HAVING flagged > 0 ORDER BY flagged DESC, value LIMIT {limit:UInt32}`);
  const clicks = new Map<string, number>();
  if (top.length > 0) {
    const rows = await ask<{ value: string; clicks: number }>(
      `SELECT ${expression} AS value, sum(sign) AS clicks FROM click_events
WHERE ${conditions} AND value IN {values:Array(String)} GROUP BY value`,
      { values: top.map((one) => one.value) },
    );
    for (const row of rows) clicks.set(row.value, row.clicks);
  }
  return {
    data: top.map(({ value, flagged, first_seen, last_seen, rules, saved_micros }) => {
      // A chunk may arrive in one table a moment before the other.
      const all = Math.max(clicks.get(value) ?? 0, flagged);
      return {
        value,
        clicks: all,
        flagged,
        share: flagged / all,
        first_seen,
        last_seen,
        rules,
        saved_micros,
      };
    }),
    query_time_ms: Math.round((performance.now() - startedAt) * 100) / 100,
  };
}
