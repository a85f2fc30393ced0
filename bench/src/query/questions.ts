import { AggregateQuery } from '@clickledger/contract';

/** What the dashboard asks, and a few things that it does not. `goal`: p99 under 100 ms is promised for it. */
export interface Question {
  name: string;
  goal: boolean;
  query: AggregateQuery;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const BREAKDOWNS = ['campaign_id', 'ad_id', 'advertiser_id', 'country', 'device_type', 'os', 'browser'];
const TOP = { granularity: 'total', limit: '10' };

type Parameters = Record<string, string>;

/** Every question for a data set that ends at `nowMs`. Ranges end now, at no round time of day: the hard case. */
export function questions(nowMs: number): Question[] {
  const ask = (name: string, backMs: number, parameters: Parameters, goal = true, shiftMs = 0): Question => ({
    name,
    goal,
    query: AggregateQuery.parse({
      start_time: new Date(nowMs - backMs - shiftMs).toISOString(),
      end_time: new Date(nowMs - shiftMs).toISOString(),
      ...parameters,
    }),
  });
  const ranges: [string, number, string][] = [
    ['15 minutes', 15 * MINUTE_MS, 'minute'],
    ['24 hours', DAY_MS, 'hour'],
    ['7 days', 7 * DAY_MS, 'hour'],
    ['30 days', 30 * DAY_MS, 'day'],
  ];
  const month = 30 * DAY_MS;
  const filtered = (label: string, filter: Parameters, others: string[]): Question[] => [
    ask(`30 days, ${label}: KPIs`, month, { granularity: 'total', ...filter }),
    ask(`30 days, ${label}: series by day`, month, { granularity: 'day', ...filter }),
    ...others.map((by) => ask(`30 days, ${label}: top ${by}`, month, { ...TOP, group_by: by, ...filter })),
  ];
  const but = (name: string) => BREAKDOWNS.filter((one) => one !== name);
  return [
    ...ranges.flatMap(([label, back, granularity]) => [
      ask(`${label}: KPIs`, back, { granularity: 'total' }),
      ask(`${label}: KPIs of the period before`, back, { granularity: 'total' }, true, back),
      ask(`${label}: series by ${granularity}`, back, { granularity }),
      ask(`${label}: top campaign_id`, back, { ...TOP, group_by: 'campaign_id' }),
    ]),
    ask('30 days: series by day, Berlin', month, { granularity: 'day', timezone: 'Europe/Berlin' }),
    ask('30 days: series by day by fraud_reason', month, { granularity: 'day', group_by: 'fraud_reason' }),
    ...but('campaign_id').map((by) => ask(`30 days: top ${by}`, month, { ...TOP, group_by: by })),
    ask('30 days: 100 campaigns by cost', month, {
      granularity: 'total',
      group_by: 'campaign_id',
      limit: '100',
      order_by: 'cost_micros',
    }),
    ask('30 days: ads searched for "77"', month, { ...TOP, group_by: 'ad_id', search: '77' }),
    ...filtered('country is US', { country: 'US' }, but('country')),
    ...filtered('country is not US', { not_country: 'US' }, ['campaign_id']),
    ...filtered('campaign is the largest', { campaign_id: 'campaign-1' }, but('campaign_id')),
    ...filtered('ad is the largest', { ad_id: 'ad-1' }, ['country', 'os']),
    ...filtered('os is iOS', { os: 'iOS' }, but('os')),
    ...filtered('device is desktop', { device_type: 'desktop' }, ['ad_id', 'browser']),
    ask('7 days, country is US: top ad_id', 7 * DAY_MS, { ...TOP, group_by: 'ad_id', country: 'US' }),
    ask('24 hours, country is US: top ad_id', DAY_MS, { ...TOP, group_by: 'ad_id', country: 'US' }),
    // Beyond the promise: no rollup, or as many sketches as there are hours or ads.
    ask('30 days: series by hour', month, { granularity: 'hour' }, false),
    ask(
      '30 days: top ad_id by unique users',
      month,
      { ...TOP, group_by: 'ad_id', order_by: 'unique_users' },
      false,
    ),
    ask(
      '30 days, two filters: top campaign_id',
      month,
      { ...TOP, group_by: 'campaign_id', country: 'US', os: 'iOS' },
      false,
    ),
    ask(
      '7 days, two filters: top campaign_id',
      7 * DAY_MS,
      { ...TOP, group_by: 'campaign_id', country: 'US', os: 'iOS' },
      false,
    ),
    ask('30 days, group by country and os', month, { ...TOP, group_by: 'country,os' }, false),
    ask('30 days, group by campaign and country', month, { ...TOP, group_by: 'campaign_id,country' }, false),
  ];
}

/** The click log and the flagged list, straight from their tables; each with the newest 100 or one click. */
export function logQuestions(nowMs: number, clickId: string) {
  const columns =
    'click_id, clicked_at, campaign_id, ad_id, advertiser_id, user_id, country, device_type, os, browser, fraud_reason';
  const newest = (table: string, condition: string) =>
    `SELECT ${columns} FROM ${table} WHERE tenant_id = 1 AND clicked_at < fromUnixTimestamp64Milli(toInt64(${nowMs}), 'UTC')${condition}
     ORDER BY clicked_at DESC, click_id DESC LIMIT 100`;
  return [
    { name: 'click log: newest 100', goal: true, sql: newest('click_events', '') },
    {
      name: 'click log: newest 100 of the 50th campaign',
      goal: true,
      sql: newest('click_events', ` AND campaign_id = 'campaign-50'`),
    },
    {
      name: 'click log: newest 100 of a user',
      goal: false,
      sql: newest('click_events', ` AND user_id = 'user-4711'`),
    },
    {
      name: 'click log: one click by its id',
      goal: false,
      sql: `SELECT ${columns} FROM click_events WHERE tenant_id = 1 AND click_id = '${clickId}'`,
    },
    { name: 'flagged clicks: newest 100', goal: true, sql: newest('flagged_clicks', '') },
  ];
}
