import type { ClickHouseClient } from '@clickhouse/client';
import {
  type BacktestInput,
  type BacktestReply,
  LOOK_BACK_NAMES,
  RULE_NAMES,
  RULES,
  type RuleName,
} from '@clickledger/contract';
import { SHADOW_PREFIX } from '../click/click.js';
import { Invalid } from '../lib/told.js';
import { IS_ONE_PERSON } from './look-back/find.js';

/** Most clicks that one back-test goes over: their windows are held and sorted by the engine. */
const BACKTEST_CLICKS_MAX = 5_000_000;
const CAMPAIGNS_MAX = 20;
/** Clicks whose verdict changes that are shown, of each kind. */
const SAMPLES_MAX = 10;
const DAY_MS = 86_400_000;

/** More clicks than a back-test goes over. */
class TooManyClicks extends Invalid {
  constructor() {
    super(`More than ${BACKTEST_CLICKS_MAX.toLocaleString('en-US')} clicks. Choose a shorter period`, 'days');
  }
}

const SETTINGS = {
  readonly: '2',
  max_execution_time: 60,
  timeout_overflow_mode: 'throw',
  max_memory_usage: '1500000000',
  max_bytes_before_external_sort: '400000000',
  max_threads: 1,
  output_format_json_quote_64bit_integers: 0,
} as const;

type Changed = BacktestInput['rules'];
type Params = Record<string, number>;

const SCOPE = `tenant_id = {tenant:UInt32} AND sign = 1 AND deferred = 0
  AND clicked_at >= fromUnixTimestamp64Milli({from:Int64}, 'UTC') AND clicked_at < fromUnixTimestamp64Milli({to:Int64}, 'UTC')`;

/** Whether a rule fired when the click came in, flagging or in shadow. */
const storedSql = (rule: string) => `(has(reasons, '${rule}') OR has(reasons, '${SHADOW_PREFIX}${rule}'))`;

/** Rules that are counted again: the subject of their window, and the clicks allowed in it. */
const COUNTED = {
  velocity_ip: { subject: 'ip_hash', applies: "ip_hash != ''" },
  velocity_user: { subject: 'user_id', applies: "user_id != ''" },
  duplicate_click: { subject: 'visitor_key, ad_id', applies: IS_ONE_PERSON },
} as const;

/** Whether a rule with its changed settings fires, over the stored clicks. Names and numbers are our own, values bound. */
function firesSql(rule: RuleName, changed: Changed, params: Params): string {
  if (rule === 'velocity_ip' || rule === 'velocity_user' || rule === 'duplicate_click') {
    const settings = changed[rule];
    if (!settings) return storedSql(rule);
    const { subject, applies } = COUNTED[rule];
    params[`max_${rule}`] = 'count_max' in settings ? settings.count_max : 1;
    // The window's frame takes no bound parameter; the contract makes it a whole number.
    const reach = Math.trunc(settings.window_seconds * 1_000 - 1);
    // A window's last row takes in all of its millisecond; of those, the clicks that came later don't count yet.
    return `(${applies} AND count() OVER (PARTITION BY ${subject} ORDER BY at_ms RANGE BETWEEN ${reach} PRECEDING AND CURRENT ROW)
    - count() OVER (PARTITION BY ${subject}, at_ms) + row_number() OVER (PARTITION BY ${subject}, at_ms ORDER BY click_id)
    > {max_${rule}:UInt64})`;
  }
  return storedSql(rule);
}

/**
 * What the clicks of the last days would be flagged by if rules had been otherwise. Speed and double clicks are counted
 * again, in the order of the clicks' own times; the others go by what they said when the clicks came in. Nothing is
 * changed.
 *
 * @throws `TooManyClicks`
 */
export async function backtest(
  client: ClickHouseClient,
  tenantId: number,
  { rules: changed, days }: BacktestInput,
  nowMs: number,
): Promise<BacktestReply> {
  const startedAt = performance.now();
  const params: Params = { tenant: tenantId, from: nowMs - days * DAY_MS, to: nowMs };
  const ask = async <T>(query: string) => {
    const result = await client.query({
      query,
      query_params: params,
      format: 'JSONEachRow',
      clickhouse_settings: SETTINGS,
    });
    return result.json<T>();
  };
  const [size] = await ask<{ n: number }>(`SELECT count() AS n FROM click_events WHERE ${SCOPE}`);
  if ((size?.n ?? 0) > BACKTEST_CLICKS_MAX) throw new TooManyClicks();

  const names = Object.keys(changed) as (keyof Changed & RuleName)[];
  const isOn = (rule: RuleName) => {
    const state = changed[rule as keyof Changed]?.state;
    // Unchanged: what is stored without the mark of shadow mode flagged.
    return state === undefined ? null : state === 'on';
  };
  const counts = (rule: RuleName) => {
    const on = isOn(rule);
    return on === null ? `has(reasons, '${rule}')` : on ? `then_${rule}` : '0';
  };
  const strong = RULE_NAMES.filter((rule) => RULES[rule].strength === 'strong').map(counts);
  // What was found afterwards stays found.
  const lookBack = LOOK_BACK_NAMES.map((rule) => `has(reasons, '${rule}')`);

  const weak = [...weakByKind().values()].map((of) => `(${of.map(counts).join(' OR ')})`);
  const inner = `SELECT click_id, campaign_id, cost_micros, is_fraudulent AS was,
  splitByChar(',', toString(fraud_reasons)) AS reasons, toUnixTimestamp64Milli(clicked_at) AS at_ms,
  ${names.map((rule) => `${firesSql(rule, changed, params)} AS then_${rule}, ${storedSql(rule)} AS now_${rule}`).join(',\n  ')}
FROM click_events WHERE ${SCOPE}
  AND (click_id, revision) NOT IN (SELECT click_id, revision FROM retracted_clicks WHERE tenant_id = {tenant:UInt32})`;
  const judged = `SELECT *, (${[...strong, ...lookBack].join(' OR ')} OR (${weak.join(' + ')}) >= 2) AS would FROM (${inner})`;
  const figures = `count() AS clicks, countIf(was = 1) AS flagged_now, countIf(would) AS flagged_then,
  countIf(would AND was = 0) AS newly_flagged, countIf(NOT would AND was = 1) AS no_longer_flagged,
  sumIf(cost_micros, was = 0) AS cost_micros_now, sumIf(cost_micros, NOT would) AS cost_micros_then,
  groupArrayIf(${SAMPLES_MAX})((toString(click_id), at_ms, toString(campaign_id)), would AND was = 0) AS newly,
  groupArrayIf(${SAMPLES_MAX})((toString(click_id), at_ms, toString(campaign_id)), NOT would AND was = 1) AS no_longer`;
  const perRule = names.map(
    (rule) => `countIf(now_${rule}) AS n_${rule}, countIf(then_${rule}) AS t_${rule}`,
  );
  type Sample = [clickId: string, atMs: number, campaignId: string];
  type Row = Omit<BacktestReply['campaigns'][number], 'campaign_id'> & {
    campaign: string;
    isTotal: 0 | 1;
    newly: Sample[];
    no_longer: Sample[];
  } & Record<`n_${string}` | `t_${string}`, number>;
  const rows = await ask<Row>(
    `SELECT toString(campaign_id) AS campaign, grouping(campaign_id) AS isTotal, ${[figures, ...perRule].join(',\n  ')}
FROM (${judged}) GROUP BY GROUPING SETS ((campaign_id), ()) ORDER BY isTotal DESC, newly_flagged + no_longer_flagged DESC, campaign
LIMIT ${CAMPAIGNS_MAX + 1}`,
  );
  const total = rows.find((row) => Number(row.isTotal) === 1);
  const figuresOf = (row: Row | undefined) => ({
    clicks: row?.clicks ?? 0,
    flagged_now: row?.flagged_now ?? 0,
    flagged_then: row?.flagged_then ?? 0,
    newly_flagged: row?.newly_flagged ?? 0,
    no_longer_flagged: row?.no_longer_flagged ?? 0,
    cost_micros_now: row?.cost_micros_now ?? 0,
    cost_micros_then: row?.cost_micros_then ?? 0,
  });
  return {
    from_time: new Date(nowMs - days * DAY_MS).toISOString(),
    to_time: new Date(nowMs).toISOString(),
    ...figuresOf(total),
    rules: names.map((rule) => ({
      rule,
      fired_now: total?.[`n_${rule}`] ?? 0,
      fired_then: total?.[`t_${rule}`] ?? 0,
      how: rule in COUNTED ? 'counted' : 'as_stored',
    })),
    campaigns: rows
      .filter((row) => row !== total && row.newly_flagged + row.no_longer_flagged > 0)
      .map((row) => ({ campaign_id: row.campaign, ...figuresOf(row) })),
    samples: [
      ...(total?.newly ?? []).map((sample) => toSample(sample, true)),
      ...(total?.no_longer ?? []).map((sample) => toSample(sample, false)),
    ],
    query_time_ms: Math.round((performance.now() - startedAt) * 100) / 100,
  };
}

const toSample = (
  [click_id, atMs, campaign_id]: [string, number, string],
  would_be_flagged: boolean,
): BacktestReply['samples'][number] => ({
  click_id,
  campaign_id,
  would_be_flagged,
  clicked_at: new Date(Number(atMs)).toISOString(),
});

/** Weak rules by what they look at: two of one kind are one sign. */
function weakByKind(): Map<string, RuleName[]> {
  const kinds = new Map<string, RuleName[]>();
  for (const rule of RULE_NAMES)
    if (RULES[rule].strength === 'weak')
      kinds.set(RULES[rule].kind, [...(kinds.get(RULES[rule].kind) ?? []), rule]);
  return kinds;
}
