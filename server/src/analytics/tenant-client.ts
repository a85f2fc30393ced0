import type { ClickHouseClient } from '@clickhouse/client';
import { SettingsMap } from '@clickhouse/client';
import type { Turns } from '../lib/turns.js';
import { DATABASE } from './client.js';

/** Every table with rows of tenants; a test holds them against the engine's own list. */
export const TENANT_TABLES = [
  'click_events',
  'flagged_clicks',
  'retracted_clicks',
  'clicks_by_minute',
  'clicks_by_hour',
  'clicks_by_day',
  'conversion_events',
  'conversions_by_hour',
  'impression_counts',
  'impressions_by_hour',
] as const;

/**
 * Analytics as a tenant's requests see it: the engine itself filters every table by the tenant, whatever a query says or
 * forgets, and only queries can be sent. The embedded engine has no access control of its own (CREATE ROW POLICY is refused),
 * but it has this setting, and a server has it too.
 *
 * @param turns by tenant, in which a query waits until the engine has begun to answer those before it
 * @returns what the queries of this folder use of a client: `query` and `exec`
 */
export function tenantClient(
  client: ClickHouseClient,
  tenantId: number,
  turns: Turns<number> | null = null,
): ClickHouseClient {
  // No bound parameter reaches into a setting: the number is checked here.
  if (!Number.isSafeInteger(tenantId) || tenantId < 1) throw new RangeError('no tenant');
  const filters = Object.fromEntries(
    TENANT_TABLES.map((table) => [`${DATABASE}.${table}`, `tenant_id = ${tenantId}`]),
  );
  const confined = <T extends { clickhouse_settings?: object }>(params: T) => ({
    ...params,
    clickhouse_settings: {
      readonly: '2',
      ...params.clickhouse_settings,
      additional_table_filters: SettingsMap.from(filters),
    },
  });
  const query = (params: Parameters<ClickHouseClient['query']>[0]) => client.query(confined(params));
  return {
    query: turns
      ? (...params: Parameters<typeof query>) => turns.during(tenantId, () => query(...params))
      : query,
    exec: (params: Parameters<ClickHouseClient['exec']>[0]) => client.exec(confined(params)),
  } as unknown as ClickHouseClient;
}
