import type { ClickHouseClient } from '@clickhouse/client';
import { LIMITS } from '@clickledger/contract';
import { EVENT_KINDS, type EventKind } from '../../click/event-kinds.js';
import { Invalid } from '../../lib/told.js';
import { QUERY_LIMITS } from '../client.js';
import type { Piece } from '../queries/ranges.js';
import { EVENT_TABLES } from './event-tables.js';

const DAY_MS = 86_400_000;
/** Tables of single clicks. The one that tells which months are passed goes last, so that a crash in between is made up for. */
const RAW_TABLES = ['impression_counts', 'retracted_clicks', 'flagged_clicks', 'click_events'] as const;

/** The question needs single clicks of a time of which only counts are kept. */
export class RawNotKept extends Invalid {
  constructor(
    /** From when single clicks are kept, in milliseconds since 1970. */
    readonly keptFromMs: number,
  ) {
    super(
      `Single clicks are kept from ${new Date(keptFromMs).toISOString()} on. Before that there are counts alone: ask for whole hours, and for fewer dimensions and filters at a time.`,
      'start_time',
    );
  }
}

/** A month as in 202511, by the UTC clock. */
export const monthOf = (ms: number): number => {
  const date = new Date(ms);
  return date.getUTCFullYear() * 100 + date.getUTCMonth() + 1;
};
const monthStartMs = (month: number, plus = 0) =>
  Date.UTC(Math.floor(month / 100), (month % 100) - 1 + plus, 1);

async function monthsFrom(
  client: ClickHouseClient,
  query: string,
  params: Record<string, unknown> = {},
): Promise<number[]> {
  const result = await client.query({
    query,
    query_params: params,
    format: 'JSONEachRow',
    clickhouse_settings: QUERY_LIMITS,
  });
  return (await result.json<{ month: number }>()).map((row) => row.month);
}

/** Months whose raw clicks retention has dropped. Clicks that a late import brought may be there again. */
export const droppedMonths = (client: ClickHouseClient): Promise<number[]> =>
  monthsFrom(client, 'SELECT DISTINCT month FROM dropped_months ORDER BY month');

/** Months that a table has rows of: by its partitions, no row is read. */
const monthsOf = (client: ClickHouseClient, table: string): Promise<number[]> =>
  monthsFrom(
    client,
    `SELECT DISTINCT toUInt32(partition) AS month FROM system.parts
     WHERE database = currentDatabase() AND table = {table:String} AND active AND rows > 0 ORDER BY month`,
    { table },
  );

/** Those of the months that have raw events of such chunks. Each look ends at the first one found. */
async function monthsWithChunks(
  client: ClickHouseClient,
  kind: EventKind,
  months: readonly number[],
  which: '<=' | '>',
  chunk: number,
): Promise<number[]> {
  const { table, at } = EVENT_TABLES[kind];
  const found: number[] = [];
  for (const month of months)
    found.push(
      ...(await monthsFrom(
        client,
        `SELECT toYYYYMM(${at}) AS month FROM ${table}
         WHERE toYYYYMM(${at}) = {month:UInt32} AND chunk_id ${which} {chunk:UInt64} LIMIT 1`,
        { month, chunk },
      )),
    );
  return found;
}

/**
 * Months with raw clicks or counts of impressions that ended before `beforeMs`, and of which the ledger has none left.
 *
 * @param droppedThroughChunk the newest chunk that the ledger has dropped
 */
export async function passedMonths(
  client: ClickHouseClient,
  { beforeMs, droppedThroughChunk }: { beforeMs: number; droppedThroughChunk: number },
): Promise<number[]> {
  const old = new Set<number>();
  const kept = new Set<number>();
  for (const kind of ['clicks', 'impressions'] as const) {
    const months = (await monthsOf(client, EVENT_TABLES[kind].table)).filter(
      (month) => month < monthOf(beforeMs),
    );
    for (const month of months) old.add(month);
    for (const month of await monthsWithChunks(client, kind, months, '>', droppedThroughChunk))
      kept.add(month);
  }
  return [...old].filter((month) => !kept.has(month)).sort((a, b) => a - b);
}

/**
 * Months that the ledger can not rebuild, since analytics knows more of them: those with events of dropped chunks, those with rollups
 * alone, and those whose raw clicks retention has dropped, though a late import may have brought others.
 *
 * @param droppedThroughChunk the newest chunk that the ledger has dropped; 0 when it has them all
 */
export async function monthsBeyondLedger(
  client: ClickHouseClient,
  droppedThroughChunk: number,
): Promise<number[]> {
  const dropped = await droppedMonths(client);
  if (droppedThroughChunk === 0) return dropped;
  const raw = await monthsOf(client, 'click_events');
  const rollupsAlone = (await monthsOf(client, 'clicks_by_hour')).filter((month) => !raw.includes(month));
  const beyond = new Set([...dropped, ...rollupsAlone]);
  for (const kind of EVENT_KINDS) {
    const months = kind === 'clicks' ? raw : await monthsOf(client, EVENT_TABLES[kind].table);
    for (const month of await monthsWithChunks(client, kind, months, '<=', droppedThroughChunk))
      beyond.add(month);
  }
  return [...beyond].sort((a, b) => a - b);
}

/** Drops a month's raw clicks. Done again after a crash at any step, it goes on. */
export async function dropRawMonth(client: ClickHouseClient, month: number): Promise<void> {
  await client.command({
    query: `INSERT INTO dropped_months (month)
      SELECT {month:UInt32} WHERE {month:UInt32} NOT IN (SELECT month FROM dropped_months)`,
    query_params: { month },
  });
  if (!Number.isSafeInteger(month)) throw new RangeError('no month'); // no parameter reaches into a partition's name
  for (const table of RAW_TABLES)
    await client.command({ query: `ALTER TABLE ${table} DROP PARTITION ${month}` });
}

/** Throws `RawNotKept` when one of these pieces is of raw clicks that retention has dropped. Usual ranges cost no query. */
export async function checkRawIsKept(
  client: ClickHouseClient,
  pieces: readonly Piece[],
  nowMs = Date.now(),
): Promise<void> {
  const raw = pieces.filter(
    ({ source, fromMs }) => source === 'click_events' && fromMs < nowMs - LIMITS.retentionDaysMin * DAY_MS,
  );
  if (raw.length === 0) return;
  const months = await droppedMonths(client);
  const isDropped = (month: number) =>
    raw.some(({ fromMs, toMs }) => fromMs < monthStartMs(month, 1) && toMs > monthStartMs(month));
  if (months.some(isDropped)) throw new RawNotKept(monthStartMs(Math.max(...months), 1));
}
