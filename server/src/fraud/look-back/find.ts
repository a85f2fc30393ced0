import type { ClickHouseClient } from '@clickhouse/client';
import type { LookBackRule, RuleSettings } from '@clickledger/contract';
import { NETWORK_DIGITS } from '../../enrich/address.js';
import type { Evidence } from '../rule.js';
import { binomialTail } from './binomial.js';
import type { Slice } from './slices.js';

/** Most subjects that a rule names in one slice, the worst first; the next run finds the others. */
export const SUBJECTS_MAX = 1_000;
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
};

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

type Find = (
  client: ClickHouseClient,
  range: Range,
  settings: RuleSettings,
  slice: Slice,
) => Promise<Subject[]>;

/**
 * Keys of the subjects in a slice that have enough clicks to be worth a look. Most visitors have one or two: to count the clicks of
 * each is far cheaper than to collect what they are.
 */
const worthALook = (key: string, filters: string, having: string) =>
  `${filters} AND ${key} IN (
         SELECT ${key} AS key FROM click_events PREWHERE ${filters} AND key % {slices:UInt32} = {slice:UInt32}
         GROUP BY key HAVING ${having})`;

/** Subjects with more different values of `counted` than allowed, among the clicks whose `known` is not empty. */
function tooMany(
  rule: keyof typeof KEY_SQL,
  known: 'user_id' | 'ip_hash' | 'ad_id',
  counted: 'user_id' | 'ip_hash' | 'ad_id',
  maxOf: (settings: RuleSettings) => number,
  name: string,
): Find {
  const { value } = SUBJECT_SQL[rule];
  const filters = `${RANGE_SQL} AND ${known} != ''`;
  return async (client, range, settings, slice) => {
    const max = maxOf(settings);
    const rows = await ask<{ value: string; n: number }>(
      client,
      `SELECT ${value} AS value, uniqExact(${counted}) AS n FROM click_events
       PREWHERE ${worthALook(KEY_SQL[rule], filters, 'count() > {max:UInt64}')}
       WHERE ${counted} != ''
       GROUP BY value HAVING n > {max:UInt64} ORDER BY n DESC, value LIMIT ${SUBJECTS_MAX}`,
      range,
      { max, slices: slice.count, slice: slice.index },
    );
    return rows.map(({ value, n }) => ({ value, evidence: { [name]: n, [`${name}_max`]: max } }));
  };
}

/**
 * Visitors whose clicks come like a clock's: the standard deviation of the gaps is a small part of their mean. A program
 * that waits a fixed time has near 0; people, who come in bursts, are near or above 1.
 */
const regularGaps: Find = async (client, range, { regular_gaps }, slice) => {
  const { clicks_min, variation_max_percent } = regular_gaps;
  const rows = await ask<{ value: string; clicks: number; mean_ms: number; variation: number }>(
    client,
    `SELECT toString(visitor_key) AS value, length(times) AS clicks, mean_ms, variation FROM (
       SELECT visitor_key,
         arraySort(groupArray(${GAPS_MAX})(toUnixTimestamp64Milli(clicked_at))) AS times,
         arrayPopFront(arrayDifference(times)) AS gaps,
         arrayAvg(gaps) AS mean_ms,
         sqrt(arrayAvg(gap -> pow(gap - mean_ms, 2), gaps)) / mean_ms AS variation
       FROM click_events
       PREWHERE ${worthALook(KEY_SQL.regular_gaps, RANGE_SQL, 'count() >= {clicks:UInt32}')}
       GROUP BY visitor_key
     ) WHERE mean_ms > 0 AND variation < {variation:Float64}
     ORDER BY clicks DESC, value LIMIT ${SUBJECTS_MAX}`,
    range,
    {
      ...{ clicks: clicks_min, variation: variation_max_percent / 100 },
      ...{ slices: slice.count, slice: slice.index },
    },
  );
  return rows.map(({ value, clicks, mean_ms, variation }) => ({
    value,
    evidence: {
      clicks,
      mean_gap_ms: Math.round(mean_ms),
      variation_percent: Math.round(variation * 10_000) / 100,
      variation_max_percent,
    },
  }));
};

/** Publishers whose flagged share can't be chance, measured by that of all the others. */
const oddPublisher: Find = async (client, range, { odd_publisher: { clicks_min } }) => {
  const rows = await ask<{ value: string; clicks: number; flagged: number }>(
    client,
    `SELECT ${SUBJECT_SQL.odd_publisher.value} AS value, count() AS clicks, countIf(is_fraudulent = 1) AS flagged
     FROM click_events WHERE ${RANGE_SQL} AND value != ''
     GROUP BY value HAVING clicks >= {clicks:UInt64} ORDER BY flagged DESC, value LIMIT ${SUBJECTS_MAX}`,
    range,
    { clicks: clicks_min },
  );
  const all = rows.reduce(
    (sum, row) => ({ clicks: sum.clicks + row.clicks, flagged: sum.flagged + row.flagged }),
    {
      clicks: 0,
      flagged: 0,
    },
  );
  return rows.flatMap(({ value, clicks, flagged }) => {
    const others = all.clicks - clicks;
    if (others < clicks_min) return []; // no peers to compare with
    const share = Math.max(1, all.flagged - flagged) / others;
    const chance = binomialTail(clicks, flagged, share);
    if (chance >= CHANCE_MAX) return [];
    return [
      { value, evidence: { clicks, flagged, peers_percent: Math.round(share * 10_000) / 100, chance } },
    ];
  });
};

/** Whom each rule names in a range. */
export const FINDERS: Record<LookBackRule, Find> = {
  regular_gaps: regularGaps,
  many_ads: tooMany('many_ads', 'ad_id', 'ad_id', ({ many_ads }) => many_ads.ads_max, 'ads'),
  roaming_user: tooMany(
    'roaming_user',
    'user_id',
    'ip_hash',
    ({ roaming_user }) => roaming_user.addresses_max,
    'addresses',
  ),
  shared_address: tooMany(
    'shared_address',
    'ip_hash',
    'user_id',
    ({ shared_address }) => shared_address.users_max,
    'users',
  ),
  crowded_network: tooMany(
    'crowded_network',
    'ip_hash',
    'ip_hash',
    ({ crowded_network }) => crowded_network.addresses_max,
    'addresses',
  ),
  odd_publisher: oddPublisher,
};
