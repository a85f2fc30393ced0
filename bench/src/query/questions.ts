import { AggregateQuery, bucketStart } from '@clickledger/contract';

export type Parameters = Record<string, string>;

/** What the dashboard asks, and a few things that it does not. `goal`: p99 under 100 ms is promised for it. */
export interface Question {
  name: string;
  goal: boolean;
  /** As a client sends it, and as the server reads it. */
  parameters: Parameters;
  query: AggregateQuery;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const BREAKDOWNS = ['campaign_id', 'ad_id', 'advertiser_id', 'country', 'device_type', 'os', 'browser'];
/** A breakdown's rows, the world map's, and a page of the dialog with all groups: as in the dashboard's `questions.ts`. */
const TOP = { granularity: 'total', limit: '8' };
const MAP = { granularity: 'total', limit: '250', group_by: 'country' };
const PAGE = { granularity: 'total', limit: '51' };

interface Span {
  fromMs: number;
  toMs: number;
}

/** The dashboard's ranges, as its `range.ts` makes them: whole buckets, the running one included; and what they are compared with. */
function dashboardRanges(nowMs: number, zone = 'UTC') {
  const day = (days: number) =>
    bucketStart(bucketStart(nowMs, 'day', zone) + (days + 0.5) * DAY_MS, 'day', zone);
  const nextMinute = (Math.floor(nowMs / MINUTE_MS) + 1) * MINUTE_MS;
  const nextHour = (Math.floor(nowMs / HOUR_MS) + 1) * HOUR_MS;
  const before = (span: Span, startMs: number, reachedMs: number): Span => ({
    fromMs: startMs,
    toMs: Math.min(span.fromMs, startMs + reachedMs - span.fromMs),
  });
  const minutes = { fromMs: nextMinute - 15 * MINUTE_MS, toMs: nextMinute };
  const hours = { fromMs: nextHour - DAY_MS, toMs: nextHour };
  const week = { fromMs: day(-6), toMs: nextHour };
  const month = { fromMs: day(-29), toMs: day(1) };
  return {
    '15 minutes': {
      span: minutes,
      before: before(minutes, minutes.fromMs - 15 * MINUTE_MS, nextMinute),
      granularity: 'minute',
    },
    '24 hours': {
      span: hours,
      before: before(hours, hours.fromMs - DAY_MS, nextMinute),
      granularity: 'hour',
    },
    '7 days': { span: week, before: before(week, day(-13), nextHour), granularity: 'hour' },
    '30 days': { span: month, before: before(month, day(-59), nextHour), granularity: 'day' },
  };
}

/**
 * Every question for a data set that ends at `nowMs`.
 *
 * @param largest the campaign and the ad with the most clicks
 */
export function questions(nowMs: number, largest = { campaign: 'campaign-1', ad: 'ad-1' }): Question[] {
  const ask = (name: string, { fromMs, toMs }: Span, asked: Parameters, goal = true): Question => {
    const parameters = {
      start_time: new Date(fromMs).toISOString(),
      end_time: new Date(toMs).toISOString(),
      ...asked,
    };
    return { name, goal, parameters, query: AggregateQuery.parse(parameters) };
  };
  const ranges = dashboardRanges(nowMs);
  const month = ranges['30 days'].span;
  const filtered = (label: string, filter: Parameters, others: string[]): Question[] => [
    ask(`30 days, ${label}: KPIs`, month, { granularity: 'total', ...filter }),
    ask(`30 days, ${label}: series by day`, month, { granularity: 'day', ...filter }),
    ...others.map((by) => ask(`30 days, ${label}: top ${by}`, month, { ...TOP, group_by: by, ...filter })),
  ];
  const but = (name: string) => BREAKDOWNS.filter((one) => one !== name);
  /** Beyond the promise: a range that begins and ends at this very millisecond, as only the API is asked. */
  const ragged = (days: number): Span => ({ fromMs: nowMs - days * DAY_MS - 29_543, toMs: nowMs - 29_543 });
  return [
    ...Object.entries(ranges).flatMap(([label, { span, before, granularity }]) => [
      ask(`${label}: KPIs`, span, { granularity: 'total' }),
      ask(`${label}: KPIs of the period before`, before, { granularity: 'total' }),
      ask(`${label}: series by ${granularity}`, span, { granularity }),
      ask(`${label}: top campaign_id`, span, { ...TOP, group_by: 'campaign_id' }),
    ]),
    ask('30 days: series by day, Berlin', dashboardRanges(nowMs, 'Europe/Berlin')['30 days'].span, {
      granularity: 'day',
      timezone: 'Europe/Berlin',
    }),
    ask('30 days: series by day by fraud_reason', month, { granularity: 'day', group_by: 'fraud_reason' }),
    ...but('campaign_id').map((by) => ask(`30 days: top ${by}`, month, { ...TOP, group_by: by })),
    ask('30 days: world map', month, MAP),
    ask('30 days: 51 campaigns by cost', month, {
      ...PAGE,
      group_by: 'campaign_id',
      order_by: 'cost_micros',
    }),
    ask('30 days: 51 ads searched for "77"', month, { ...PAGE, group_by: 'ad_id', search: '77' }),
    ...filtered('country is US', { country: 'US' }, but('country')),
    ...filtered('country is not US', { not_country: 'US' }, ['campaign_id']),
    ...filtered('campaign is the largest', { campaign_id: largest.campaign }, but('campaign_id')),
    ...filtered('ad is the largest', { ad_id: largest.ad }, ['country', 'os']),
    ...filtered('os is iOS', { os: 'iOS' }, but('os')),
    ...filtered('device is desktop', { device_type: 'desktop' }, ['ad_id', 'browser']),
    ask('7 days, country is US: top ad_id', ranges['7 days'].span, {
      ...TOP,
      group_by: 'ad_id',
      country: 'US',
    }),
    ask('24 hours, country is US: top ad_id', ranges['24 hours'].span, {
      ...TOP,
      group_by: 'ad_id',
      country: 'US',
    }),
    // Beyond the promise: ragged ends, no rollup, or as many sketches as there are hours or ads.
    ask('30 days to this ms: KPIs', ragged(30), { granularity: 'total' }, false),
    ask('30 days to this ms: series by day', ragged(30), { granularity: 'day' }, false),
    ask('30 days to this ms: top campaign_id', ragged(30), { ...TOP, group_by: 'campaign_id' }, false),
    ask('30 days to this ms: top ad_id', ragged(30), { ...TOP, group_by: 'ad_id' }, false),
    ask(
      '30 days to this ms, country is US: top device_type',
      ragged(30),
      { ...TOP, group_by: 'device_type', country: 'US' },
      false,
    ),
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
      ranges['7 days'].span,
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
