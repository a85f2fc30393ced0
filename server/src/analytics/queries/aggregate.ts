import type { ClickHouseClient } from '@clickhouse/client';
import {
  AGGREGATE_SOURCES,
  type AggregateQuery,
  type AggregateReply,
  type AggregateRow,
  LIMITS,
} from '@clickledger/contract';
import { Invalid } from '../../lib/told.js';
import { QUERY_LIMITS } from '../client.js';
import { checkRawIsKept } from '../rollups/dropped-months.js';
import {
  addedTo,
  type Figures,
  type Groups,
  type MarkOf,
  type Plan,
  planOf,
  type Statement,
  statementFor,
} from './aggregate-sql.js';
import { fitsInList } from './list-parameter.js';
import { bucketStarts } from './ranges.js';
import type { Rollups } from './rollups.js';

/** The currency of an account. */
export type CurrencyOf = (tenantId: number) => Promise<string>;

const needsCurrency = ({ metrics, order_by: orderBy }: AggregateQuery): boolean =>
  metrics?.includes('roas') === true || orderBy === 'conversion_value';

/** The answer would have more than `LIMITS.aggregateRowsMax` rows. */
export class TooManyRows extends Invalid {
  constructor() {
    super('Too many rows: choose a shorter range, a coarser granularity or fewer groups.');
  }
}

/** With so many groups or fewer in the answer, their users are asked for by name, after the counts have chosen them. */
const NAMED_GROUPS_MAX = 1_000;

/** Dimensions of so few values that the users of all of them cost less than a second question. */
const FEW_VALUES: readonly string[] = ['device_type', 'os', 'browser', 'fraud_reason'];
/** Like those with a limit that hardly leaves any out: the world map asks for this many and more. */
const COUNTRIES_MIN = 100;

/** Whether an answer of these groups, cut off at the limit, is nearly all groups that there are. */
const isNearlyAll = (groupBy: readonly string[], limit: number) =>
  groupBy.length === 1 &&
  groupBy.every((one) => FEW_VALUES.includes(one) || (one === 'country' && limit >= COUNTRIES_MIN));

/** Bucket (seconds since 1970) and groups, then the figures; among those may be maps of text to numbers. */
type Row = (string | number)[];

async function ask(
  client: ClickHouseClient,
  { sql, params }: Statement,
): Promise<{ rows: Row[]; rowsRead: number }> {
  const result = await client.query({
    query: sql,
    query_params: params,
    format: 'JSONCompact',
    clickhouse_settings: { ...QUERY_LIMITS, output_format_json_quote_64bit_integers: 0 },
  });
  const { data, statistics } = await result.json<Row>();
  return { rows: data, rowsRead: statistics?.rows_read ?? 0 };
}

/** Of a statement with counts, whose last column says whether a rollup was newer than its mark. */
async function askCounts(client: ClickHouseClient, statement: Statement) {
  const { rows, rowsRead } = await ask(client, statement);
  return { rows: rows.map((row) => row.slice(0, -1)), rowsRead, isNewer: Number(rows[0]?.at(-1)) === 1 };
}

/**
 * Counts without visitors, whose sketches cost a hundred times as much: rows of bucket (seconds since 1970), groups, clicks, flagged clicks,
 * cost and clicks without a visitor.
 */
export async function readCounts(
  client: ClickHouseClient,
  tenantId: number,
  query: AggregateQuery,
  rollups: Rollups,
): Promise<Row[]> {
  const plan = planOf(query);
  const { rows } = await rollups.readExactly(client, tenantId, plan, (markOf) =>
    askCounts(client, statementFor(tenantId, query, plan, 'counts', LIMITS.aggregateRowsMax, markOf)),
  );
  return rows;
}

const keyOf = (row: Row, groupCount: number) => JSON.stringify(row.slice(0, groupCount + 1).map(String));

/**
 * `GET /analytics/aggregate` for one tenant: what the contract says. Throws `TooManyRows`, `RawNotKept`, or what the engine says.
 *
 * @param rollups how far they are folded; what they lack is read from the raw clicks
 * @param currencyOf the account's currency, asked for only where the question needs it
 */
export async function aggregate(
  client: ClickHouseClient,
  tenantId: number,
  query: AggregateQuery,
  rollups: Rollups,
  currencyOf?: CurrencyOf,
): Promise<AggregateReply> {
  const startedAt = performance.now();
  const [startMs, endMs] = [Date.parse(query.start_time), Date.parse(query.end_time)];
  const days = await rollups.days?.within(tenantId, startMs, endMs);
  const plan = planOf(query, days?.isFolded);
  await checkRawIsKept(client, plan.pieces);
  const currency = needsCurrency(query) ? await currencyOf?.(tenantId) : undefined;
  const { rows, rowsRead } = await rollups.readExactly(client, tenantId, plan, (markOf) =>
    answer(client, tenantId, query, plan, markOf, currency),
  );
  // Days that a rebuild has exchanged meanwhile may have been read when they were gone; their hours never are.
  const readsDays = plan.pieces.some(({ source }) => source === 'clicks_by_day');
  if (readsDays && !(await days?.holds()))
    return aggregate(client, tenantId, query, rollups.withoutDays(), currencyOf);
  if (rows.length > LIMITS.aggregateRowsMax) throw new TooManyRows();
  const data = rows.map((row) => rowOf(row, query, startMs, currency));
  return {
    start_time: new Date(startMs).toISOString(),
    end_time: new Date(endMs).toISOString(),
    data: query.fill === 'true' ? fill(data, startMs, endMs, query) : data,
    total_clicks: data.reduce((sum, row) => sum + row.clicks, 0),
    query_time_ms: Math.round((performance.now() - startedAt) * 100) / 100,
    sources: [
      ...AGGREGATE_SOURCES.filter((source) => plan.pieces.some((piece) => piece.source === source)),
      ...new Set(
        addedTo(query).flatMap((added) => added.reads(query, plan.mask, {}).map(({ table }) => table)),
      ),
    ],
    rows_read: rowsRead,
  };
}

/**
 * Rows of bucket, groups, clicks, flagged clicks, cost, clicks without a visitor, and users; and whether a rollup was newer than its mark: then
 * they are wrong.
 */
async function answer(
  client: ClickHouseClient,
  tenantId: number,
  query: AggregateQuery,
  plan: Plan,
  markOf: MarkOf,
  currency: string | undefined,
) {
  const askFor = async (figures: Figures, groups?: Groups) => {
    const rowsMax = LIMITS.aggregateRowsMax + 1;
    const statement = statementFor(tenantId, query, plan, figures, rowsMax, markOf, { groups, currency });
    // Whom a fold brings, a sketch knows already when it reads the raw click as well.
    return figures === 'users'
      ? { ...(await ask(client, statement)), isNewer: false }
      : askCounts(client, statement);
  };
  const { group_by: groupBy = [], limit, order_by: orderBy } = query;
  const groupCount = groupBy.length;
  const isTop = groupCount > 0 && limit !== undefined && limit <= NAMED_GROUPS_MAX;
  if (!isTop || orderBy === 'unique_users' || isNearlyAll(groupBy, limit)) return askFor('both');

  // Sketches are a hundred times the size of counts: first the groups by their counts, then the users of those alone.
  const counts = await askFor('counts');
  if (counts.rows.length === 0 || counts.isNewer) return counts;
  const groups = counts.rows.map((row) => row.slice(1, groupCount + 1).map(String));
  // Names so long that they fit in no list.
  if (!groupBy.every((_, i) => fitsInList(groups.map((group) => group[i] ?? '')))) return askFor('both');
  const users = await askFor('users', groups);
  const found = new Map(users.rows.map((row) => [keyOf(row, groupCount), row.at(-1)]));
  const rows = counts.rows.flatMap((row) => {
    // Without clicks there are no users: the group is here for another figure.
    const unique = found.get(keyOf(row, groupCount)) ?? (row.at(-4) === 0 ? 0 : undefined);
    return unique === undefined ? [] : [[...row, unique]];
  });
  // Something took a group away between the questions. A figure that was not read is none: one question gives both.
  if (rows.length < counts.rows.length) return askFor('both');
  return { rows, rowsRead: counts.rowsRead + users.rowsRead, isNewer: false };
}

function rowOf(row: Row, query: AggregateQuery, startMs: number, currency: string | undefined): AggregateRow {
  const [clicks = 0, frauds = 0, cost = 0, withoutVisitor = 0, users = 0] = row.slice(-5).map(Number);
  const groupBy = query.group_by ?? [];
  const figures = {
    clicks,
    // An estimate may be a few above: there are never more users than clicks.
    unique_users: Math.min(users, clicks),
    clicks_without_visitor: withoutVisitor,
    fraud_count: frauds,
    billable_count: clicks - frauds,
    cost_micros: cost,
  };
  return {
    time_bucket: new Date(query.granularity === 'total' ? startMs : Number(row[0]) * 1_000).toISOString(),
    ...figures,
    ...addedFields(row.slice(1 + groupBy.length, -5), figures, query, currency),
    ...Object.fromEntries(groupBy.map((dimension, i) => [dimension, String(row[i + 1])])),
  };
}

/** Figures beside clicks, from the values of their columns; of a row without any, from none. */
function addedFields(
  values: readonly unknown[],
  clicks: Pick<AggregateRow, 'clicks' | 'billable_count' | 'cost_micros'>,
  query: AggregateQuery,
  currency: string | undefined,
): Partial<AggregateRow> {
  let from = 0;
  const read = addedTo(query).map((added) => {
    const own = values.slice(from, from + added.columns.length);
    from += added.columns.length;
    return { added, own };
  });
  const nanos = read.reduce((sum, { added, own }) => sum + (added.costNanosOf?.(own) ?? 0n), 0n);
  // To the nearest millionth; corrections may make it less than nothing.
  const spendMicros = clicks.cost_micros + Math.round(Number(nanos) / 1_000);
  return Object.assign(
    {},
    ...read.map(({ added, own }) => added.fieldsOf(query, own, { ...clicks, spendMicros }, currency)),
  );
}

const NO_CLICKS = {
  clicks: 0,
  unique_users: 0,
  clicks_without_visitor: 0,
  fraud_count: 0,
  billable_count: 0,
  cost_micros: 0,
};
const emptyRow = (ms: number, query: AggregateQuery): AggregateRow => ({
  time_bucket: new Date(ms).toISOString(),
  ...NO_CLICKS,
  ...addedFields([], NO_CLICKS, query, undefined),
});

/** Adds the buckets without clicks. */
function fill(data: AggregateRow[], startMs: number, endMs: number, query: AggregateQuery): AggregateRow[] {
  if (query.granularity === 'total') return data.length > 0 ? data : [emptyRow(startMs, query)];
  const found = new Map(data.map((row) => [row.time_bucket, row]));
  return bucketStarts(startMs, endMs, query.granularity, query.timezone).map((ms) => {
    const row = emptyRow(ms, query);
    return found.get(row.time_bucket) ?? row;
  });
}
