import {
  type AggregateQuery,
  asksForConversions,
  type Metric,
  money,
  toDecimal,
} from '@clickledger/contract';
import type { AddedColumn, AddedFigures } from './added-figures.js';

/** Views of an attribution, as bits of `conversion_events.views`. */
const VIEW_BITS = { valid_clicks: 1, all_clicks: 2 } as const;

type Asked = Pick<AggregateQuery, 'start_time' | 'end_time' | 'conversion_time' | 'attribution' | 'action'>;

/** Which conversions a question is about, besides its filters by dimensions. */
export function conversionConditions(query: Asked, params: Record<string, unknown>): string[] {
  params.conversions_from = Date.parse(query.start_time);
  params.conversions_to = Date.parse(query.end_time);
  params.view = VIEW_BITS[query.attribution ?? 'valid_clicks'];
  if (query.action) params.actions = query.action;
  return [
    `basis = '${query.conversion_time === 'click' ? 'click' : 'conversion'}'`,
    `at >= fromUnixTimestamp64Milli({conversions_from:Int64}, 'UTC') AND at < fromUnixTimestamp64Milli({conversions_to:Int64}, 'UTC')`,
    'bitAnd(views, {view:UInt8}) != 0',
    ...(query.action ? ['action IN {actions:Array(String)}'] : []),
  ];
}

const countOf = (name: string, status: string): AddedColumn => ({
  name,
  sql: `toInt64(sumIf(sign, status = '${status}'))`,
  none: 'toInt64(0)',
  sum: (column) => `sum(${column})`,
  isAny: `${name} != 0`,
});

/** By signs: a state that another took the place of is taken away by a row of its own. */
export const CONVERSION_FIGURES: AddedFigures = {
  isAsked: asksForConversions,
  table: 'conversion_events',
  time: 'at',
  groupBy: ['currency'],
  columns: [
    countOf('conversions', 'attributed'),
    countOf('conversions_unattributed', 'unattributed'),
    countOf('conversions_waiting', 'waiting'),
    {
      name: 'conversion_values',
      sql: `map(toString(currency), toInt64(sumIf(sign * value_micros, status = 'attributed')))`,
      none: `CAST(map(), 'Map(String, Int64)')`,
      // As text: sums of money may be larger than JSON's numbers are exact.
      sum: (column) => `mapApply((k, v) -> (k, toString(v)), sumMap(${column}))`,
    },
  ],
  conditions: conversionConditions,
  fieldsOf({ metrics = [] }, [attributed = 0, unattributed = 0, waiting = 0, values = {}], clicks, currency) {
    const conversions = Number(attributed);
    const worth = Object.entries(values as Record<string, string>)
      .map(([ofCurrency, micros]) => money(micros, ofCurrency))
      .filter(({ micros }) => micros !== 0n)
      .sort((a, b) => (a.currency < b.currency ? -1 : 1));
    const own = worth.find((one) => one.currency === currency)?.micros ?? 0n;
    const { billable_count: billable, cost_micros: cost } = clicks;
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
      cpa: { cpa_micros: conversions > 0 ? Math.round(cost / conversions) : null },
      roas: { roas: cost > 0 ? Number(own) / cost : null },
    } satisfies Partial<Record<Metric, object>>;
    return Object.assign({}, ...metrics.map((metric) => all[metric as keyof typeof all]));
  },
};
