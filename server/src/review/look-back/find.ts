import type { ClickHouseClient } from '@clickhouse/client';
import type { LookBackRule, RuleSettings } from '@clickledger/contract';
import { NETWORK_DIGITS } from '../../enrich/hasher.js';
import type { Evidence } from '../../fraud/rule.js';
import { binomialTail } from './binomial.js';
import type { Slice } from './slices.js';

/** Subjects on a page of those that a rule names, the worst first. */
export const SUBJECTS_PER_PAGE = 1_000;
/** Most clicks of one visitor whose gaps are looked at. */
const GAPS_MAX = 10_000;
/** A publisher is named when its share would come by chance once in so many. */
const CHANCE_MAX = 1e-6;

export interface Range {
  tenantId: number;
  fromMs: number;
  toMs: number;
}

/** Whom a rule names, and why. */
export interface Subject {
  /** The value of the rule's expression over click_events. */
  value: string;
  evidence: Evidence;
}

/** The last subject of a page; the next one begins after it. */
export interface Cursor {
  /** What the subjects are ordered by, the largest first. */
  rank: number;
  /** Among equals. */
  value: string;
}

/** A page of subjects. */
export interface Page {
  subjects: Subject[];
  /** Null: there are no more. */
  next: Cursor | null;
}

/** Which subjects are asked for. */
export interface Asked {
  slice: Slice;
  /** Null: from the first on. */
  after: Cursor | null;
  subjectsMax: number;
  /** Leaves out subjects all of whose clicks are flagged: the rule has nothing to add. */
  unflaggedOnly: boolean;
}

/** By which expression over click_events a rule names its subjects, and how a click is told to be of one of `values`. */
export const SUBJECT_SQL: Record<LookBackRule, { value: string; isOneOf: string }> = {
  regular_gaps: {
    value: 'toString(visitor_key)',
    isOneOf: 'visitor_key IN (SELECT toUInt64(arrayJoin({values:Array(String)})))',
  },
  many_ads: {
    value: 'toString(visitor_key)',
    isOneOf: 'visitor_key IN (SELECT toUInt64(arrayJoin({values:Array(String)})))',
  },
  roaming_user: { value: 'user_id', isOneOf: 'user_id IN {values:Array(String)}' },
  shared_address: { value: 'ip_hash', isOneOf: 'ip_hash IN {values:Array(String)}' },
  crowded_network: {
    value: `concat(substring(ip_hash, 1, ${NETWORK_DIGITS}), ' ', ad_id)`,
    isOneOf: 'value IN {values:Array(String)}',
  },
  odd_publisher: { value: 'domain(referrer)', isOneOf: 'value IN {values:Array(String)}' },
  low_conversion: { value: 'domain(referrer)', isOneOf: 'value IN {values:Array(String)}' },
  instant_conversion: {
    value: 'toString(click_id)',
    isOneOf: 'click_id IN (SELECT toUUID(arrayJoin({values:Array(String)})))',
  },
};

/**
 * A visitor who is one person: strangers behind one address without a user agent share a key (velocity.ts). Over click_events, and
 * for the back-test as well.
 */
export const IS_ONE_PERSON = "visitor_key != 0 AND (user_id != '' OR user_agent NOT IN ('', '-'))";

/** Whole numbers that stand for the subjects while they are counted: two that share one are told apart afterwards. */
const KEY_SQL = {
  regular_gaps: 'visitor_key',
  many_ads: 'visitor_key',
  roaming_user: 'cityHash64(user_id)',
  shared_address: 'cityHash64(ip_hash)',
  crowded_network: `cityHash64(substring(ip_hash, 1, ${NETWORK_DIGITS}), ad_id)`,
} as const;

/** False for a rule that compares each subject with all the others: no share of them will do. */
export const canSlice = (rule: LookBackRule): boolean => rule in KEY_SQL;

/** Clicks as they came in, of one tenant and range; verdicts that changed later don't matter here. */
export const RANGE_SQL = `tenant_id = {tenant:UInt32} AND sign = 1 AND revision = 0
  AND clicked_at >= fromUnixTimestamp64Milli({from:Int64}, 'UTC') AND clicked_at < fromUnixTimestamp64Milli({to:Int64}, 'UTC')`;

const LIMITS = {
  // 2: its own settings still count.
  readonly: '2',
  max_execution_time: 30,
  timeout_overflow_mode: 'throw',
  max_memory_usage: '1000000000',
  max_bytes_before_external_group_by: '300000000',
  max_threads: 1,
  output_format_json_quote_64bit_integers: 0,
} as const;

/** Asks analytics, in the limits of a query that nobody waits for. */
export async function ask<T>(
  client: ClickHouseClient,
  query: string,
  range: Range,
  params: Record<string, unknown> = {},
): Promise<T[]> {
  const result = await client.query({
    query,
    query_params: { tenant: range.tenantId, from: range.fromMs, to: range.toMs, ...params },
    format: 'JSONEachRow',
    clickhouse_settings: LIMITS,
  });
  return result.json<T>();
}

type Find = (client: ClickHouseClient, range: Range, settings: RuleSettings, asked: Asked) => Promise<Page>;

/** Clicks that came in unflagged and that no adjustment has touched: those of a person are settled, those of a rule are done. */
export const UNTOUCHED_SQL = `is_fraudulent = 0 AND click_id NOT IN (
  SELECT click_id FROM retracted_clicks WHERE tenant_id = {tenant:UInt32} AND revision = 0
    AND clicked_at >= fromUnixTimestamp64Milli({from:Int64}, 'UTC') AND clicked_at < fromUnixTimestamp64Milli({to:Int64}, 'UTC'))`;

interface Row {
  value: string;
  rank: number;
}

/**
 * Asks for a page of subjects.
 *
 * @param found a query whose rows have `value`, `rank` and `untouched` (whether there is something left to flag)
 */
async function page<T extends Row>(
  client: ClickHouseClient,
  range: Range,
  { slice, after, subjectsMax, unflaggedOnly }: Asked,
  found: string,
  params: Record<string, unknown>,
  evidenceOf: (row: T) => Evidence | null,
): Promise<Page> {
  const conditions = [
    ...(unflaggedOnly ? ['untouched'] : []),
    ...(after ? ['(rank < {rank:UInt64} OR (rank = {rank:UInt64} AND value > {value:String}))'] : []),
  ];
  const rows = await ask<T>(
    client,
    `SELECT * FROM (${found}) ${conditions.length > 0 ? `WHERE ${conditions.join(' AND ')}` : ''}
     ORDER BY rank DESC, value LIMIT {subjects:UInt32}`,
    range,
    { ...params, ...after, slices: slice.count, slice: slice.index, subjects: subjectsMax },
  );
  const last = rows.length < subjectsMax ? undefined : rows.at(-1);
  const subjects = rows.flatMap((row) => {
    const evidence = evidenceOf(row);
    return evidence ? [{ value: row.value, evidence }] : [];
  });
  return { subjects, next: last ? { rank: last.rank, value: last.value } : null };
}

const untouchedSql = ({ unflaggedOnly }: Asked) => (unflaggedOnly ? `countIf(${UNTOUCHED_SQL}) > 0` : 'true');

/**
 * Keys of the subjects in a slice that have enough clicks to be worth a look. Most visitors have one or two: to count the clicks of
 * each is far cheaper than to collect what they are.
 */
const worthALook = (key: string, filters: string, having: string) =>
  `${filters} AND ${key} IN (
         SELECT ${key} AS key FROM click_events PREWHERE ${filters} AND key % {slices:UInt32} = {slice:UInt32}
         GROUP BY key HAVING ${having})`;

/** Subjects with more different values of `counted` than allowed, among the clicks of which `known` holds. */
function tooMany(
  rule: keyof typeof KEY_SQL,
  known: string,
  counted: 'user_id' | 'ip_hash' | 'ad_id',
  maxOf: (settings: RuleSettings) => number,
  name: string,
): Find {
  const { value } = SUBJECT_SQL[rule];
  const filters = `${RANGE_SQL} AND ${known}`;
  return (client, range, settings, asked) => {
    const max = maxOf(settings);
    return page<Row>(
      client,
      range,
      asked,
      `SELECT ${value} AS value, uniqExactIf(${counted}, ${counted} != '') AS rank, ${untouchedSql(asked)} AS untouched
       FROM click_events PREWHERE ${worthALook(KEY_SQL[rule], filters, 'count() > {max:UInt64}')}
       GROUP BY value HAVING rank > {max:UInt64}`,
      { max },
      ({ rank }) => ({ [name]: rank, [`${name}_max`]: max }),
    );
  };
}

interface GapsRow extends Row {
  mean_ms: number;
  variation: number;
}

/**
 * Visitors whose clicks come like a clock's: the standard deviation of the gaps is a small part of their mean. A program
 * that waits a fixed time has near 0; people, who come in bursts, are near or above 1.
 */
const regularGaps: Find = (client, range, { regular_gaps }, asked) => {
  const { clicks_min, variation_max_percent } = regular_gaps;
  const filters = `${RANGE_SQL} AND ${IS_ONE_PERSON}`;
  return page<GapsRow>(
    client,
    range,
    asked,
    `SELECT toString(visitor_key) AS value, length(times) AS rank, untouched, mean_ms, variation FROM (
       SELECT visitor_key, ${untouchedSql(asked)} AS untouched,
         arraySort(groupArray(${GAPS_MAX})(toUnixTimestamp64Milli(clicked_at))) AS times,
         arrayPopFront(arrayDifference(times)) AS gaps,
         arrayAvg(gaps) AS mean_ms,
         sqrt(arrayAvg(gap -> pow(gap - mean_ms, 2), gaps)) / mean_ms AS variation
       FROM click_events
       PREWHERE ${worthALook(KEY_SQL.regular_gaps, filters, 'count() >= {clicks:UInt32}')}
       GROUP BY visitor_key
     ) WHERE mean_ms > 0 AND variation < {variation:Float64}`,
    { clicks: clicks_min, variation: variation_max_percent / 100 },
    ({ rank, mean_ms, variation }) => ({
      clicks: rank,
      mean_gap_ms: Math.round(mean_ms),
      variation_percent: Math.round(variation * 10_000) / 100,
      variation_max_percent,
    }),
  );
};

interface PublisherRow extends Row {
  clicks: number;
  all_clicks: number;
  all_flagged: number;
}

/** Publishers whose flagged share can't be chance, measured by that of all the others. */
const oddPublisher: Find = (client, range, { odd_publisher: { clicks_min } }, asked) =>
  page<PublisherRow>(
    client,
    range,
    asked,
    `SELECT value, rank, clicks, untouched, sum(clicks) OVER () AS all_clicks, sum(rank) OVER () AS all_flagged FROM (
       SELECT ${SUBJECT_SQL.odd_publisher.value} AS value, count() AS clicks, countIf(is_fraudulent = 1) AS rank,
         ${untouchedSql(asked)} AS untouched
       FROM click_events WHERE ${RANGE_SQL} AND value != ''
       GROUP BY value HAVING clicks >= {clicks:UInt64}
     )`,
    { clicks: clicks_min },
    ({ clicks, rank: flagged, all_clicks, all_flagged }) => {
      const others = all_clicks - clicks;
      if (others < clicks_min) return null; // no peers to compare with
      const share = Math.max(1, all_flagged - flagged) / others;
      const chance = binomialTail(clicks, flagged, share);
      if (chance >= CHANCE_MAX) return null;
      return { clicks, flagged, peers_percent: Math.round(share * 10_000) / 100, chance };
    },
  );

/** Conversions of clicks of the range, by valid clicks. */
const OF_CONVERTED_CLICKS = `tenant_id = {tenant:UInt32} AND basis = 'click' AND deferred = 0 AND status = 'attributed' AND bitAnd(views, 1) = 1
    AND at >= fromUnixTimestamp64Milli({from:Int64}, 'UTC') AND at < fromUnixTimestamp64Milli({to:Int64}, 'UTC')`;

/** Whether any click of the range was ever converted: where there are no conversions, clicks are not read for them. */
async function hasConversions(client: ClickHouseClient, range: Range): Promise<boolean> {
  return (
    (await ask(client, `SELECT 1 FROM conversion_events WHERE ${OF_CONVERTED_CLICKS} LIMIT 1`, range))
      .length > 0
  );
}

const NO_SUBJECTS: Page = { subjects: [], next: null };

interface ConvertingRow extends Row {
  converted: number;
  all_clicks: number;
  all_converted: number;
}

/**
 * Publishers whose clicks convert so rarely that it can't be chance, measured by the rate of all the others: P(X <= k) of a binomial
 * distribution is P(Y >= n - k) of those that do not happen (https://en.wikipedia.org/wiki/Binomial_distribution). Flagged clicks are left
 * out: they have no conversion.
 */
const lowConversion: Find = async (client, range, { low_conversion: { clicks_min } }, asked) => {
  if (!(await hasConversions(client, range))) return NO_SUBJECTS;
  return page<ConvertingRow>(
    client,
    range,
    asked,
    `SELECT value, rank, converted, untouched, sum(rank) OVER () AS all_clicks, sum(converted) OVER () AS all_converted FROM (
       SELECT ${SUBJECT_SQL.low_conversion.value} AS value, count() AS rank,
         countIf(click_id IN (
           SELECT click_id FROM conversion_events WHERE ${OF_CONVERTED_CLICKS} GROUP BY click_id HAVING sum(sign) > 0
         )) AS converted, true AS untouched
       FROM click_events WHERE ${RANGE_SQL} AND value != '' AND ${UNTOUCHED_SQL}
       GROUP BY value HAVING rank >= {clicks:UInt64}
     )`,
    { clicks: clicks_min },
    ({ rank: clicks, converted, all_clicks, all_converted }) => {
      const others = all_clicks - clicks;
      if (others < clicks_min) return null; // no peers to compare with
      const share = (all_converted - converted) / others;
      const chance = binomialTail(clicks, clicks - converted, 1 - share);
      if (chance >= CHANCE_MAX) return null;
      return { clicks, converted, peers_percent: Math.round(share * 10_000) / 100, chance };
    },
  );
};

interface InstantRow extends Row {
  took_ms: number;
}

/** Clicks whose conversion came sooner than a person can make it, the soonest first. */
const instantConversion: Find = async (client, range, { instant_conversion: { seconds_min } }, asked) => {
  if (!(await hasConversions(client, range))) return NO_SUBJECTS;
  const untouched = `click_id IN (SELECT click_id FROM click_events WHERE ${RANGE_SQL} AND ${UNTOUCHED_SQL})`;
  return page<InstantRow>(
    client,
    range,
    asked,
    `SELECT toString(click_id) AS value, toUInt64({min_ms:Int64} - took_ms) AS rank, took_ms,
       ${asked.unflaggedOnly ? untouched : 'true'} AS untouched
     FROM (
       SELECT click_id, min(toUnixTimestamp64Milli(converted_at) - toUnixTimestamp64Milli(clicked_at)) AS took_ms
       FROM conversion_events
       WHERE ${OF_CONVERTED_CLICKS} AND sign = 1 AND (conversion_id, click_id) IN (
         SELECT conversion_id, click_id FROM conversion_events WHERE ${OF_CONVERTED_CLICKS}
         GROUP BY conversion_id, click_id HAVING sum(sign) > 0
       )
       GROUP BY click_id HAVING took_ms < {min_ms:Int64}
     )`,
    { min_ms: seconds_min * 1_000 },
    ({ took_ms }) => ({ seconds: took_ms / 1_000, seconds_min }),
  );
};

/** Whom each rule names in a range, page by page. */
export const FINDERS: Record<LookBackRule, Find> = {
  regular_gaps: regularGaps,
  many_ads: tooMany('many_ads', IS_ONE_PERSON, 'ad_id', ({ many_ads }) => many_ads.ads_max, 'ads'),
  roaming_user: tooMany(
    'roaming_user',
    "user_id != ''",
    'ip_hash',
    ({ roaming_user }) => roaming_user.addresses_max,
    'addresses',
  ),
  shared_address: tooMany(
    'shared_address',
    "ip_hash != ''",
    'user_id',
    ({ shared_address }) => shared_address.users_max,
    'users',
  ),
  crowded_network: tooMany(
    'crowded_network',
    "ip_hash != ''",
    'ip_hash',
    ({ crowded_network }) => crowded_network.addresses_max,
    'addresses',
  ),
  odd_publisher: oddPublisher,
  low_conversion: lowConversion,
  instant_conversion: instantConversion,
};
