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
  /** What stands in its place in rows of other tables. */
  none: string;
  /** How such sums add up. */
  sum: (column: string) => string;
  /** Whether a group has any of it, though it may have no click; absent where another column tells. */
  isAny?: string;
}

/** One read of a table: all of a question, or the piece of its range that the table is best for. */
export interface AddedRead {
  table: (typeof CONVERSION_SOURCES)[number] | (typeof IMPRESSION_SOURCES)[number];
  /** The column of the time that its rows count at. */
  time: string;
  /** What its rows are summed by besides the bucket and the groups, so that `columns` may name it. */
  groupBy: readonly string[];
  /** Each of the figures' columns by its name, summed over the rows of a bucket and group. */
  columns: Record<string, string>;
  /** Which rows are read, besides the tenant and the filters by dimensions. Every value is a bound parameter. */
  where: string[];
}

/** Figures of an aggregate that come from a table of their own. It has the dimensions of clicks, under the same names. */
export interface AddedFigures {
  isAsked(query: AggregateQuery): boolean;
  columns: readonly AddedColumn[];
  /** @param mask the grouping of the query's dimensions, as rollups name it; undefined when no rollup has it */
  reads(query: AggregateQuery, mask: number | undefined, params: Record<string, unknown>): AddedRead[];
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
