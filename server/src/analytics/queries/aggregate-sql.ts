import {
  AGGREGATE_SOURCES,
  type AggregateOrder,
  type AggregateQuery,
  type AggregateSource,
  ALL_DIMENSIONS,
  type AnyDimension,
} from '@clickledger/contract';
import type { AddedColumn, AddedFigures, AddedRead } from './added-figures.js';
import { CONVERSION_FIGURES } from './conversion-figures.js';
import type { IsFolded } from './folded-days.js';
import { groupingFor } from './groupings.js';
import { CONVERSION_COSTS, IMPRESSION_FIGURES } from './impression-figures.js';
import { columnOf } from './landing-column.js';
import { type Mark, markSql } from './marks.js';
import { bucketSeconds, type Piece, splitRange } from './ranges.js';

/** What a query asks for: figures that add up, unique users, or both. */
export type Figures = 'counts' | 'users' | 'both';

/** Groups that the answer is narrowed to: for each of the query's dimensions its values, one entry a group. */
export type Groups = readonly (readonly string[])[];

export interface Statement {
  sql: string;
  params: Record<string, unknown>;
}

/** Where the answer to a query is read, and by which grouping; no mask: the raw clicks only. */
export interface Plan {
  pieces: Piece[];
  mask: number | undefined;
}

/** The dimensions that a query groups or filters by. */
const usedBy = (query: AggregateQuery): AnyDimension[] =>
  ALL_DIMENSIONS.filter(
    (dimension) =>
      query.group_by?.includes(dimension) || query[dimension] !== undefined || query[`not_${dimension}`],
  );

/** @param isFolded which days may be read as such; none, when it is not said */
export function planOf(query: AggregateQuery, isFolded?: IsFolded): Plan {
  const grouping = groupingFor(usedBy(query));
  const available = !grouping ? 'raw' : grouping.byMinute ? 'all' : 'hours';
  const { start_time, end_time, granularity, timezone } = query;
  return {
    pieces: splitRange(
      Date.parse(start_time),
      Date.parse(end_time),
      granularity,
      timezone,
      available,
      isFolded,
    ),
    mask: grouping?.mask,
  };
}

/** Start of the bucket of a series, in seconds since 1970, of a row whose time is in `time`. */
const bucketSql = (query: AggregateQuery, time: string): string =>
  ({
    minute: `toUnixTimestamp(toStartOfMinute(${time}, {zone:String}))`,
    // Not toStartOfHour: after a change of clocks by half an hour (Lord Howe) its hours are half an hour off.
    hour: `toUnixTimestamp(${time}) - (toUnixTimestamp(${time}) + timeZoneOffset(toTimeZone(${time}, {zone:String}))) % 3600`,
    day: `toUnixTimestamp(toStartOfDay(${time}, {zone:String}))`,
    total: '0',
  })[query.granularity];

// By signs: an adjustment of a verdict is a row that takes the old one away, and one that brings the new.
const RAW_COUNTS =
  'toInt64(sum(sign)) AS n, toInt64(sumIf(sign, is_fraudulent = 1)) AS f, sumIf(sign * events.cost_micros, is_fraudulent = 0) AS c, toInt64(sumIf(sign, visitor_key = 0)) AS w';
const ROLLUP_COUNTS =
  'events.clicks AS n, events.fraud AS f, events.cost_micros AS c, events.without_visitor AS w';
// 2^14 registers, as in the rollups: sketches of different sizes don't merge. An adjustment brings nobody new; after an erasure it
// would look as if it did. Only under the reason that it gives a click it is the first to name its visitor.
const rawUsers = (byReason: boolean) =>
  `uniqCombined64StateIf(14)(visitor_key, sign = 1 AND visitor_key != 0 AND ${byReason ? 'deferred = 0' : 'revision = 0'}) AS u`;
const ROLLUP_USERS = 'users AS u';
/** Of rows that are no clicks. */
const NO_COUNTS = 'toInt64(0) AS n, toInt64(0) AS f, toInt64(0) AS c, toInt64(0) AS w, 0 AS is_newer';
const NO_USERS = 'uniqCombined64StateIf(14)(toUInt64(0), 0) AS u';

/** Filters by dimensions, as conditions on their columns. Every value is a bound parameter. */
export function dimensionFilters(
  query: Partial<Record<AnyDimension | `not_${AnyDimension}`, string[] | undefined>>,
  params: Statement['params'],
): string[] {
  const conditions: string[] = [];
  for (const dimension of ALL_DIMENSIONS)
    for (const [name, operator] of [
      [dimension, 'IN'],
      [`not_${dimension}`, 'NOT IN'],
    ] as const) {
      const values = query[name];
      if (!values) continue;
      params[`f_${name}`] = values;
      conditions.push(`${columnOf(dimension)} ${operator} {f_${name}:Array(String)}`);
    }
  return conditions;
}

/** What every piece of a query asks of its rows besides the time. */
function filtersOf(query: AggregateQuery, groups: Groups | undefined, params: Statement['params']): string[] {
  const conditions = dimensionFilters(query, params);
  if (query.search !== undefined) {
    params.search = query.search;
    conditions.push(
      `positionCaseInsensitiveUTF8(toString(${columnOf(query.group_by?.[0] ?? '')}), {search:String}) > 0`,
    );
  }
  if (groups) {
    const groupBy = query.group_by ?? [];
    groupBy.forEach((_, i) => {
      params[`group${i}`] = groups.map((group) => group[i]);
    });
    // Each dimension on its own, which the primary key can use …
    conditions.push(...groupBy.map((dimension, i) => `${columnOf(dimension)} IN {group${i}:Array(String)}`));
    // … and together: the values of 1,000 groups have up to 1,000 million combinations, of which 1,000 were asked for.
    if (groupBy.length > 1) {
      const values = groupBy.map((_, i) => `{group${i}:Array(String)} AS v${i}`);
      const tuple = groupBy.map((_, i) => `v${i}`).join(', ');
      conditions.push(
        `(${groupBy.map(columnOf).join(', ')}) IN (SELECT ${tuple} FROM (SELECT 1) ARRAY JOIN ${values.join(', ')})`,
      );
    }
  }
  return conditions;
}

/** Figures from tables of their own, in the order of their columns. */
const ADDED_FIGURES: readonly AddedFigures[] = [CONVERSION_FIGURES, CONVERSION_COSTS, IMPRESSION_FIGURES];

/** Those of them that a query asks for. */
export const addedTo = (query: AggregateQuery): AddedFigures[] =>
  ADDED_FIGURES.filter((added) => added.isAsked(query));

const ORDERS: Record<AggregateOrder, string> = {
  clicks: 'clicks DESC',
  unique_users: 'unique_users DESC',
  fraud_count: 'fraud_count DESC',
  billable_count: 'clicks - fraud_count DESC',
  cost_micros: 'cost_micros DESC',
  name: '',
  conversions: 'conversions DESC',
  conversion_value: 'toInt64OrZero(conversion_values[{currency:String}]) DESC',
};

/** How far each rollup is folded. */
export type MarkOf = (source: AggregateSource) => Mark;

/** A source with all of a query's pieces that are read from it. */
export interface Read {
  source: AggregateSource;
  pieces: Piece[];
}

/** The pieces by their source: one read of a table costs the planner as much as a whole small answer, so each is read once. */
export const readsOf = ({ pieces }: Plan): Read[] =>
  AGGREGATE_SOURCES.map((source) => ({
    source,
    pieces: pieces.filter((piece) => piece.source === source),
  })).filter((read) => read.pieces.length > 0);

/** The times of a read's pieces, as one condition on the buckets of a rollup … */
export function bucketsIn({ source, pieces }: Read, params: Statement['params']): string {
  const ranges = pieces.map(({ fromMs, toMs }, i) => {
    const [from, to] = [`${source}_from${i}`, `${source}_to${i}`];
    params[from] = bucketSeconds(fromMs);
    params[to] = bucketSeconds(toMs);
    return `(bucket >= toDateTime({${from}:UInt32}, 'UTC') AND bucket < toDateTime({${to}:UInt32}, 'UTC'))`;
  });
  return `(${ranges.join(' OR ')})`;
}

/** … or on raw clicks. */
function clicksIn({ source, pieces }: Read, params: Statement['params']): string {
  const ranges = pieces.map(({ fromMs, toMs }, i) => {
    const [from, to] = [`${source}_from${i}_ms`, `${source}_to${i}_ms`];
    params[from] = fromMs;
    params[to] = toMs;
    return `(clicked_at >= fromUnixTimestamp64Milli({${from}:Int64}, 'UTC') AND clicked_at < fromUnixTimestamp64Milli({${to}:Int64}, 'UTC'))`;
  });
  return `(${ranges.join(' OR ')})`;
}

/** The clicks of these reads that no rollup has yet. All of them are in chunks after the oldest mark: an index tells where those lie. */
function unfoldedIn(reads: readonly Read[], markOf: MarkOf, params: Statement['params']): string {
  params.unfolded_from = Math.min(...reads.map(({ source }) => markOf(source).chunk));
  const each = reads.map((read) => {
    const mark = markSql(markOf(read.source), 'toYYYYMM(clicked_at)', `${read.source}_mark`, params);
    return `(${clicksIn(read, params)} AND chunk_id > ${mark})`;
  });
  return `chunk_id > {unfolded_from:UInt64} AND (${each.join(' OR ')})`;
}

/**
 * The statement for a query: one row a bucket and group with `clicks, fraud_count, cost_micros, without_visitor` and/or `unique_users`, after
 * the bucket (seconds since 1970; 0 for a total), the groups and, with counts, the columns of other figures that it asks for. With `groups`: no
 * other groups, in no order, `limit` not applied.
 *
 * With counts, the last column is 1 in every row when any rollup row holds clicks of newer chunks than its mark says: such clicks may be counted
 * twice, once more as raw ones.
 */
export function statementFor(
  tenantId: number,
  query: AggregateQuery,
  plan: Plan,
  figures: Figures,
  rowsMax: number,
  markOf: MarkOf,
  { groups, currency }: { groups?: Groups | undefined; currency?: string | undefined } = {},
): Statement {
  const params: Statement['params'] = {
    tenant: tenantId,
    ...(plan.mask === undefined ? {} : { mask: plan.mask }),
    ...(query.granularity === 'total' ? {} : { zone: query.timezone }),
    limit: groups ? rowsMax : (query.limit ?? rowsMax),
    offset: groups ? 0 : query.offset,
  };
  const filters = filtersOf(query, groups, params);
  const groupBy = query.group_by ?? [];
  const isSeries = query.granularity !== 'total';
  const names = [...(isSeries ? ['b'] : []), ...groupBy.map((_, i) => `g${i}`)];
  const groupedBy = (columns: readonly string[]) =>
    columns.length > 0 ? `GROUP BY ${columns.join(', ')}` : '';
  const grouped = groupedBy(names);
  const byReason = usedBy(query).includes('fraud_reason');
  const added = figures === 'users' ? [] : addedTo(query);
  if (query.order_by === 'conversion_value') params.currency = currency;
  /** @param own what is read here, of these figures, others than clicks; absent for clicks */
  const columnsOf = (
    time: string,
    counts: string,
    users: string,
    own?: { figures: AddedFigures; read: AddedRead },
  ) =>
    [
      ...(isSeries ? [`toInt64(${bucketSql(query, time)}) AS b`] : []),
      ...groupBy.map((dimension, g) => `${columnOf(dimension)} AS g${g}`),
      ...added.flatMap((one) =>
        one.columns.map(
          ({ name, none }) => `${(one === own?.figures && own.read.columns[name]) || none} AS added_${name}`,
        ),
      ),
      ...(figures === 'users' ? [] : [counts]),
      ...(figures === 'counts' ? [] : [users]),
    ].join(', ');
  const own = 'tenant_id = {tenant:UInt32}';
  const fromRaw = (where: string) =>
    `SELECT ${columnsOf('clicked_at', `${RAW_COUNTS}, 0 AS is_newer`, rawUsers(byReason))} FROM click_events AS events
PREWHERE ${[own, where, ...filters].join(' AND ')} ${grouped}`;
  // Rollup rows go up as they are: merging sketches twice would cost twice.
  const fromRollup = (read: Read) => {
    const mark = markSql(markOf(read.source), 'toYYYYMM(bucket)', `${read.source}_mark`, params);
    return `SELECT ${columnsOf('bucket', `${ROLLUP_COUNTS}, events.upto > ${mark} AS is_newer`, ROLLUP_USERS)} FROM ${read.source} AS events
PREWHERE ${[own, 'dimensions = {mask:UInt8}', bucketsIn(read, params), ...filters].join(' AND ')}`;
  };
  const reads = readsOf(plan);
  const rollups = reads.filter(({ source }) => source !== 'click_events');
  const selects = reads.map((read) =>
    read.source === 'click_events' ? fromRaw(clicksIn(read, params)) : fromRollup(read),
  );
  if (rollups.length > 0) selects.push(fromRaw(unfoldedIn(rollups, markOf, params)));
  for (const one of added)
    for (const read of one.reads(query, plan.mask, params)) {
      const columns = columnsOf(read.time, NO_COUNTS, NO_USERS, { figures: one, read });
      const where = [own, ...read.where, ...filters].join(' AND ');
      selects.push(
        `SELECT ${columns} FROM ${read.table} AS events PREWHERE ${where} ${groupedBy([...names, ...read.groupBy])}`,
      );
    }
  const addedColumns: AddedColumn[] = added.flatMap((one) => [...one.columns]);
  const columns = [
    ...(isSeries ? names : ['0', ...names]),
    ...addedColumns.map(({ name, sum }) => `${sum(`added_${name}`)} AS ${name}`),
    ...(figures === 'users'
      ? []
      : ['sum(n) AS clicks', 'sum(f) AS fraud_count', 'sum(c) AS cost_micros', 'sum(w) AS without_visitor']),
    ...(figures === 'counts' ? [] : ['uniqCombined64Merge(14)(u) AS unique_users']),
    ...(figures === 'users' ? [] : ['max(max(is_newer)) OVER () AS is_newer_any']),
  ];
  const isAny = [
    ...addedColumns.flatMap((column) => column.isAny ?? []),
    'clicks != 0 OR fraud_count != 0 OR cost_micros != 0 OR max(is_newer) = 1',
  ].join(' OR ');
  const first = isSeries ? '' : ORDERS[query.order_by ?? 'clicks'];
  const order = [...(first && !groups ? [first] : []), ...names];
  return {
    sql: `SELECT ${columns.join(', ')}
FROM (${selects.join('\nUNION ALL\n')})
${grouped}
${figures === 'users' ? '' : `HAVING ${isAny}`}
${order.length > 0 ? `ORDER BY ${order.join(', ')}` : ''}
LIMIT {limit:UInt32} OFFSET {offset:UInt32}`,
    params,
  };
}
