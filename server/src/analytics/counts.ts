import type { ClickHouseClient } from '@clickhouse/client';
import { QUERY_LIMITS } from './client.js';

/** All clicks and flagged clicks in analytics, by the day rollup. A real aggregate: it fails when the engine is ill. */
export async function countAnalytics(
  client: ClickHouseClient,
): Promise<{ clicks: number; fraudClicks: number }> {
  const result = await client.query({
    query: `SELECT sum(clicks) AS clicks, sum(fraud) AS fraudClicks FROM clicks_by_day WHERE dimensions = 0`,
    format: 'JSONEachRow',
    clickhouse_settings: QUERY_LIMITS,
  });
  const [row] = await result.json<{ clicks: string; fraudClicks: string }>();
  return { clicks: Number(row?.clicks ?? 0), fraudClicks: Number(row?.fraudClicks ?? 0) };
}
