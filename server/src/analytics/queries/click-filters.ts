import { CAMPAIGN_PARAMETERS, type ClickFilters } from '@clickledger/contract';
import { columnOf } from './landing-column.js';

/** Bound parameters of a query, by name. */
export type Params = Record<string, string | number>;

/** Filters that compare one column with one text. */
const TEXT_COLUMNS = [
  'campaign_id',
  'ad_id',
  'advertiser_id',
  'user_id',
  'ip_hash',
  'country',
  'device_type',
  'os',
  'browser',
  'fraud_reason',
  'link_id',
  ...CAMPAIGN_PARAMETERS,
] as const;

/** Where the time range is a filter of its own; both ends of it, or an open one. */
export function rangeConditions(
  range: { start_time?: string | undefined; end_time?: string | undefined },
  params: Params,
): string[] {
  const conditions: string[] = [];
  if (range.start_time !== undefined) {
    params.start = Date.parse(range.start_time);
    conditions.push(`clicked_at >= fromUnixTimestamp64Milli({start:Int64}, 'UTC')`);
  }
  if (range.end_time !== undefined) {
    params.end = Date.parse(range.end_time);
    conditions.push(`clicked_at < fromUnixTimestamp64Milli({end:Int64}, 'UTC')`);
  }
  return conditions;
}

/** The conditions of the click log's filters for one tenant, every value bound into `params`. */
export function clickConditions(tenantId: number, filters: ClickFilters, params: Params): string[] {
  params.tenant = tenantId;
  const scope = ['tenant_id = {tenant:UInt32}', ...rangeConditions(filters, params)];
  const conditions = [
    ...scope,
    // Each click once, with its last verdict; one of a closed period with the verdict that it was billed by.
    'sign = 1 AND deferred = 0',
    `(click_id, revision) NOT IN (SELECT click_id, revision FROM retracted_clicks WHERE ${scope.join(' AND ')})`,
  ];
  if (filters.click_id !== undefined) {
    params.f_click_id = filters.click_id;
    conditions.push('click_id = {f_click_id:UUID}');
  }
  if (filters.flagged !== undefined)
    conditions.push(`is_fraudulent = ${filters.flagged === 'true' ? '1' : '0'}`);
  if (filters.referrer_host !== undefined) {
    params.f_referrer_host = filters.referrer_host;
    conditions.push('domain(referrer) = {f_referrer_host:String}');
  }
  for (const column of TEXT_COLUMNS) {
    const value = filters[column];
    if (value === undefined) continue;
    params[`f_${column}`] = value;
    conditions.push(`${columnOf(column)} = {f_${column}:String}`);
  }
  return conditions;
}

/** The table that holds every click these filters can find: flagged clicks have a small one of their own. */
export const clickTable = (filters: ClickFilters): string =>
  filters.flagged === 'true' || filters.fraud_reason !== undefined ? 'flagged_clicks' : 'click_events';
