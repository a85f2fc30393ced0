import type {
  AggregateOrder,
  AggregateReply,
  AggregateRow,
  AskedRange,
  BucketSize,
  CompareToken,
  Granularity,
  Metric,
} from '@clickledger/contract';
import { type Dimension, type Filter, filterParam } from '../lib/filters.js';
import { useCurrency } from '../state/currency.js';

/** One question to `GET /analytics/aggregate`. */
export interface Question {
  /** A token is resolved by the server whenever it asks, so that the question stays the same while its range moves. */
  asked: AskedRange;
  /** The bucket whose end a token's range reaches: that of the page's series, so that all its questions are of one range. */
  align?: BucketSize;
  /** The range before it in its place. */
  compare?: CompareToken;
  granularity: Granularity;
  zone: string;
  filters: readonly Filter[];
  groupBy?: Dimension;
  /** Only the first groups in the order; with `total` only. */
  limit?: number;
  offset?: number;
  orderBy?: AggregateOrder;
  search?: string;
  /** Also buckets without clicks; not with `groupBy`. */
  fill?: boolean;
  /** Figures beside those of clicks. Conversions have no fraud rule: a question about one is asked without them. */
  metrics?: readonly Metric[];
}

/** What pages ask of conversions: rates are reckoned from these and the figures of clicks. */
export const CONVERSIONS = ['conversions', 'conversion_values'] as const satisfies readonly Metric[];
const asksOfRule = ({ filters, groupBy }: Question) =>
  groupBy === 'fraud_reason' || filters.some(({ dimension }) => dimension === 'fraud_reason');

/** A question as its query string. Equal questions give equal strings, so it is also their key. */
export function toQuery(question: Question): string {
  const { asked, align, compare, granularity, zone, filters, groupBy } = question;
  const { limit, offset, orderBy, search, fill, metrics = [] } = question;
  const query = new URLSearchParams();
  if (typeof asked === 'string') {
    query.set('range', asked);
    if (align) query.set('align', align);
  } else {
    query.set('start_time', new Date(asked.startMs).toISOString());
    query.set('end_time', new Date(asked.endMs).toISOString());
  }
  if (compare) query.set('compare', compare);
  query.set('granularity', granularity);
  query.set('timezone', zone);
  for (const filter of filters) for (const value of filter.values) query.append(filterParam(filter), value);
  if (groupBy) query.set('group_by', groupBy);
  if (limit) query.set('limit', String(limit));
  if (offset) query.set('offset', String(offset));
  if (orderBy && orderBy !== 'clicks') query.set('order_by', orderBy);
  if (search) query.set('search', search);
  if (fill) query.set('fill', 'true');
  if (metrics.length > 0 && !asksOfRule(question)) query.set('metrics', metrics.join(','));
  return query.toString();
}

/** The figures of a range, a bucket or a group. */
export interface Figures {
  clicks: number;
  users: number;
  flagged: number;
  billable: number;
  /** Cost of the billable clicks, in millionths. */
  spendMicros: number;
  /** Attributed ones; 0 also where they were not asked for. */
  conversions: number;
  /** What they are worth in the account's currency, in millionths. Values of other currencies are not converted. */
  valueMicros: number;
}
export const NO_FIGURES: Figures = {
  clicks: 0,
  users: 0,
  flagged: 0,
  billable: 0,
  spendMicros: 0,
  conversions: 0,
  valueMicros: 0,
};

/** The figures of a row; all zero without one. */
export const figuresOf = (row: AggregateRow | undefined): Figures =>
  row
    ? {
        clicks: row.clicks,
        users: row.unique_users,
        flagged: row.fraud_count,
        billable: row.billable_count,
        spendMicros: row.cost_micros,
        conversions: row.conversions ?? 0,
        valueMicros: valueIn(row, useCurrency.getState().currency),
      }
    : NO_FIGURES;

const valueIn = ({ conversion_values: values }: AggregateRow, currency: string): number =>
  values?.find((value) => value.currency === currency)?.value_micros ?? 0;

/** The value of a group; undefined for a row that is not one of this dimension. */
export const groupOf = (row: AggregateRow, dimension: Dimension): string | undefined =>
  (row as Partial<Record<Dimension, string>>)[dimension];

/** What an answer cost, for the line under a panel; null for an advertiser, who is not told. */
export const costOf = ({ query_time_ms: ms, rows_read: rows, sources }: AggregateReply) =>
  ms === undefined || rows === undefined ? null : { ms, rows, sources };
