import {
  type AggregateQuery,
  asksForConversions,
  type Metric,
  money,
  toDecimal,
} from '@clickledger/contract';
import type { AddedColumn, AddedFigures, AddedRead } from './added-figures.js';
import { bucketSeconds, type Piece, splitRange } from './ranges.js';

/** Views of an attribution, as bits of `conversion_events.views`. */
const VIEW_BITS = { valid_clicks: 1, all_clicks: 2 } as const;

type Asked = Pick<AggregateQuery, 'conversion_time' | 'attribution' | 'action'>;

/** Which conversions a question is about, besides its range and its filters by dimensions. */
function conditionsOf(query: Asked, params: Record<string, unknown>): string[] {
  params.view = VIEW_BITS[query.attribution ?? 'valid_clicks'];
  if (query.action) params.actions = query.action;
  return [
    `basis = '${query.conversion_time === 'click' ? 'click' : 'conversion'}'`,
    'bitAnd(views, {view:UInt8}) != 0',
    ...(query.action ? ['action IN {actions:Array(String)}'] : []),
  ];
}

/** The same of raw conversions, in a range or some of its pieces. */
export function conversionConditions(
  query: Asked,
  pieces: readonly Pick<Piece, 'fromMs' | 'toMs'>[],
  params: Record<string, unknown>,
): string[] {
  const ranges = pieces.map(({ fromMs, toMs }, i) => {
    params[`conversions_from${i}`] = fromMs;
    params[`conversions_to${i}`] = toMs;
    return `(at >= fromUnixTimestamp64Milli({conversions_from${i}:Int64}, 'UTC') AND at < fromUnixTimestamp64Milli({conversions_to${i}:Int64}, 'UTC'))`;
  });
  return [...conditionsOf(query, params), `(${ranges.join(' OR ')})`];
}

/** Of the rollup. */
function hourConditions(
  query: Asked,
  pieces: readonly Piece[],
  mask: number,
  params: Record<string, unknown>,
): string[] {
  params.conversions_mask = mask;
  const ranges = pieces.map(({ fromMs, toMs }, i) => {
    params[`conversion_hours_from${i}`] = bucketSeconds(fromMs);
    params[`conversion_hours_to${i}`] = bucketSeconds(toMs);
    return `(bucket >= toDateTime({conversion_hours_from${i}:UInt32}, 'UTC') AND bucket < toDateTime({conversion_hours_to${i}:UInt32}, 'UTC'))`;
  });
  return [
    'dimensions = {conversions_mask:UInt8}',
    ...conditionsOf(query, params),
    `(${ranges.join(' OR ')})`,
  ];
}

const countOf = (name: string): AddedColumn => ({
  name,
  none: 'toInt64(0)',
  sum: (column) => `sum(${column})`,
  isAny: `${name} != 0`,
});
const rawCount = (status: string) => `toInt64(sumIf(sign, status = '${status}'))`;

/** By signs: a state that another took the place of is taken away by a row of its own. */
const RAW: Omit<AddedRead, 'where'> = {
  table: 'conversion_events',
  time: 'at',
  groupBy: ['currency'],
  columns: {
    conversions: rawCount('attributed'),
    conversions_unattributed: rawCount('unattributed'),
    conversions_waiting: rawCount('waiting'),
    conversion_values: `map(toString(currency), toInt64(sumIf(sign * value_micros, status = 'attributed')))`,
  },
};
const HOURS: Omit<AddedRead, 'where'> = {
  table: 'conversions_by_hour',
  time: 'bucket',
  groupBy: ['currency'],
  columns: {
    conversions: 'toInt64(sum(events.conversions))',
    conversions_unattributed: 'toInt64(sum(events.unattributed))',
    conversions_waiting: 'toInt64(sum(events.waiting))',
    conversion_values: 'map(toString(currency), toInt64(sum(events.value_micros)))',
  },
};

export const CONVERSION_FIGURES: AddedFigures = {
  isAsked: asksForConversions,
  columns: [
    countOf('conversions'),
    countOf('conversions_unattributed'),
    countOf('conversions_waiting'),
    {
      name: 'conversion_values',
      none: `CAST(map(), 'Map(String, Int64)')`,
      // As text: sums of money may be larger than JSON's numbers are exact.
      sum: (column) => `mapApply((k, v) -> (k, toString(v)), sumMap(${column}))`,
    },
  ],
  reads(query, mask, params) {
    const { start_time, end_time, granularity, timezone } = query;
    const available = mask === undefined ? 'raw' : 'hours';
    const pieces = splitRange(Date.parse(start_time), Date.parse(end_time), granularity, timezone, available);
    const hours = pieces.filter(({ source }) => source === 'clicks_by_hour');
    const raw = pieces.filter(({ source }) => source === 'click_events');
    return [
      ...(hours.length > 0 && mask !== undefined
        ? [{ ...HOURS, where: hourConditions(query, hours, mask, params) }]
        : []),
      ...(raw.length > 0 ? [{ ...RAW, where: conversionConditions(query, raw, params) }] : []),
    ];
  },
  fieldsOf({ metrics = [] }, [attributed = 0, unattributed = 0, waiting = 0, values = {}], clicks, currency) {
    const conversions = Number(attributed);
    const worth = Object.entries(values as Record<string, string>)
      .map(([ofCurrency, micros]) => money(micros, ofCurrency))
      .filter(({ micros }) => micros !== 0n)
      .sort((a, b) => (a.currency < b.currency ? -1 : 1));
    const own = worth.find((one) => one.currency === currency)?.micros ?? 0n;
    const { billable_count: billable, spendMicros: spend } = clicks;
    const all = {
      conversions: { conversions },
      conversions_unattributed: { conversions_unattributed: Number(unattributed) },
      conversions_waiting: { conversions_waiting: Number(waiting) },
      conversion_values: {
        conversion_values: worth.map((one) => ({
          currency: one.currency,
          value_micros: Number(one.micros),
          value: toDecimal(one),
        })),
      },
      cvr: { cvr: billable > 0 ? conversions / billable : null },
      cpa: { cpa_micros: conversions > 0 ? Math.round(spend / conversions) : null },
      roas: { roas: spend > 0 ? Number(own) / spend : null },
    } satisfies Partial<Record<Metric, object>>;
    return Object.assign({}, ...metrics.map((metric) => all[metric as keyof typeof all]));
  },
};
