import type {
  AggregateQuery,
  AggregateRow,
  CONVERSION_SOURCES,
  IMPRESSION_SOURCES,
} from '@clickledger/contract';

/** A column that an aggregate reads beside those of clicks. */
export interface AddedColumn {
  /** Of the answer. */
  name: string;
  /** It, summed over the table's own rows of a bucket and group. */
  sql: string;
  /** What stands in its place in rows of other tables. */
  none: string;
  /** How such sums add up. */
  sum: (column: string) => string;
  /** Whether a group has any of it, though it may have no click; absent where another column tells. */
  isAny?: string;
}

/** Figures of an aggregate that come from a table of their own. It has the dimensions of clicks, under the same names. */
export interface AddedFigures {
  isAsked(query: AggregateQuery): boolean;
  table: (typeof CONVERSION_SOURCES)[number] | (typeof IMPRESSION_SOURCES)[number];
  /** The column of the time that they count at. */
  time: string;
  /** What its rows are summed by besides the bucket and the groups, so that `columns` may name it. */
  groupBy: readonly string[];
  columns: readonly AddedColumn[];
  /** Which of the table's rows are read, besides the tenant and the filters by dimensions. Every value is a bound parameter. */
  conditions(query: AggregateQuery, params: Record<string, unknown>): string[];
  /** What the events of the table cost, of the values of `columns`, in thousandths of a millionth: it is part of the spend. */
  costNanosOf?(values: readonly unknown[]): bigint;
  /** What a row says, of the values of `columns`, beside what it says of clicks. */
  fieldsOf(
    query: AggregateQuery,
    values: readonly unknown[],
    clicks: Pick<AggregateRow, 'clicks' | 'billable_count' | 'cost_micros'> & { spendMicros: number },
    currency: string | undefined,
  ): Partial<AggregateRow>;
}
