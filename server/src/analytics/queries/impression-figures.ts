import { type AggregateQuery, asksForImpressionCost, type Metric } from '@clickledger/contract';
import type { AddedFigures } from './added-figures.js';

const isWithin = (time: string) =>
  `${time} >= fromUnixTimestamp64Milli({spend_from:Int64}, 'UTC') AND ${time} < fromUnixTimestamp64Milli({spend_to:Int64}, 'UTC')`;

function boundBy(query: AggregateQuery, params: Record<string, unknown>): void {
  params.spend_from = Date.parse(query.start_time);
  params.spend_to = Date.parse(query.end_time);
}

/** What campaigns pay for conversions is part of the spend, at the time of the conversion and by valid clicks, as on a statement. */
export const CONVERSION_COSTS: AddedFigures = {
  isAsked: ({ metrics }) =>
    (['spend', 'cpm', 'ecpc', 'cpa', 'roas'] as const).some((name) => metrics?.includes(name)),
  columns: [
    {
      name: 'conversion_cost',
      none: 'toInt64(0)',
      // As text: beyond 2^53 JSON's numbers are not exact.
      sum: (column) => `toString(sum(${column}))`,
      isAny: `conversion_cost != '0'`,
    },
  ],
  reads(query, _, params) {
    boundBy(query, params);
    return [
      {
        table: 'conversion_events',
        time: 'at',
        groupBy: [],
        columns: { conversion_cost: `toInt64(sumIf(sign * events.cost_micros, status = 'attributed'))` },
        where: [`basis = 'conversion'`, isWithin('at'), 'bitTest(views, 0)'],
      },
    ];
  },
  costNanosOf: ([micros = '0']) => BigInt(String(micros)) * 1_000n,
  fieldsOf: () => ({}),
};

/** Counts by hour: an hour's impressions count where it begins. */
export const IMPRESSION_FIGURES: AddedFigures = {
  isAsked: asksForImpressionCost,
  columns: [
    {
      name: 'impressions',
      none: 'toInt64(0)',
      sum: (column) => `sum(${column})`,
      isAny: 'impressions != 0',
    },
    {
      name: 'impression_cost_nanos',
      none: 'toInt128(0)',
      sum: (column) => `toString(sum(${column}))`,
    },
  ],
  reads(query, _, params) {
    boundBy(query, params);
    return [
      {
        table: 'impressions_by_hour',
        time: 'hour',
        groupBy: [],
        columns: {
          impressions: 'toInt64(sum(events.impressions))',
          impression_cost_nanos: 'toInt128(sum(events.cost_nanos))',
        },
        where: [isWithin('hour')],
      },
    ];
  },
  costNanosOf: ([, nanos = '0']) => BigInt(String(nanos)),
  fieldsOf({ metrics = [] }, [shown = 0], { clicks, billable_count: billable, spendMicros: spend }) {
    const impressions = Number(shown);
    const all = {
      impressions: { impressions },
      ctr: { ctr: impressions > 0 ? clicks / impressions : null },
      spend: { spend_micros: spend },
      cpm: { cpm_micros: impressions > 0 ? Math.round((spend / impressions) * 1_000) : null },
      ecpc: { ecpc_micros: billable > 0 ? Math.round(spend / billable) : null },
    } satisfies Partial<Record<Metric, object>>;
    return Object.assign({}, ...metrics.map((metric) => all[metric as keyof typeof all]));
  },
};
