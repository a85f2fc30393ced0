import { type ClickHouseClient, ClickHouseError } from '@clickhouse/client';
import type { EventKind } from '../../click/event-kinds.js';
import { EVENT_TABLES } from './event-tables.js';
import { LEDGER, readThroughTable } from './ledger-link.js';

/**
 * An INSERT of events that ClickHouse reads from a view of the ledger itself.
 *
 * @param source a table that reads the view, or `fromLedger`
 */
const insertFrom = (kind: EventKind, source: string, where: string) => {
  const { table, columns, select } = EVENT_TABLES[kind];
  return `INSERT INTO ${table} (
  ${columns})
SELECT
  ${select}
FROM ${source}
WHERE ${where}`;
};

/** A view of the ledger, over a connection of its own: for long reads, which must not keep the tables of chunks from being dropped. */
const fromLedger = (view: string) => `postgresql(${LEDGER}, table = '${view}')`;

/** A chunk in one block: a token covers one block, and its repeat must be cut alike. */
const ONE_BLOCK = {
  max_insert_threads: '1',
  max_threads: 1,
  max_block_size: '1048576',
  min_insert_block_size_rows: '1048576',
  min_insert_block_size_bytes: '0',
  max_insert_block_size: '1048576',
  max_partitions_per_insert_block: '0',
  max_memory_usage: '2000000000',
} as const;

/**
 * Indexes that a chunk's part goes without: they are made when it is merged, seconds later. Until then a question reads its few rows. (The index of
 * chunks stays: questions leave out by it what the rollups hold already.)
 */
const MADE_WHEN_MERGED = 'click_id_bloom,user_id_bloom,ip_hash_bloom,conversion_id_bloom';

const abortedBy = (signal: AbortSignal | undefined) => (signal ? { abort_signal: signal } : {});

/** The events of one kind in a chunk, or in a part of one that was refused. */
export interface ChunkOfKind {
  kind: EventKind;
  chunkId: number;
  partId: number | null;
}

const tokenOf = ({ kind, chunkId, partId }: ChunkOfKind) =>
  `chunk-${chunkId}${kind === 'clicks' ? '' : `-${kind}`}${partId === null ? '' : `-part-${partId}`}`;

/**
 * Lets ClickHouse read the events of one kind in a chunk (or in a part of a split one) from the ledger and insert them, as one block in
 * one order under one token: sent again, it is dropped, in the raw table and in every rollup. So it may be aborted.
 */
export async function loadChunk(
  client: ClickHouseClient,
  chunk: ChunkOfKind,
  signal?: AbortSignal,
): Promise<void> {
  const { kind, chunkId, partId } = chunk;
  const { view, partView, order } = EVENT_TABLES[kind];
  const insert = (source: string, where: string) =>
    client.command({
      query: `${insertFrom(kind, source, where)}
ORDER BY ${order}`,
      query_params: { id: partId ?? chunkId },
      ...abortedBy(signal),
      clickhouse_settings: {
        ...ONE_BLOCK,
        insert_deduplication_token: tokenOf(chunk),
        insert_deduplicate: 1,
        deduplicate_blocks_in_dependent_materialized_views: 1,
        exclude_materialize_skip_indexes_on_insert: MADE_WHEN_MERGED,
        max_execution_time: 60,
      },
    });
  if (partId === null)
    await readThroughTable(client, view, (table) => insert(table, 'chunk_id = {id:Int64}'));
  else await insert(fromLedger(partView), 'part_id = {id:Int64}');
}

/**
 * Lets ClickHouse read a run of whole chunks, without a token: only into tables that are thrown away when it fails.
 *
 * @param fromMs, toMs the events' own time, the end excluded
 */
export async function loadChunks(
  client: ClickHouseClient,
  { kind, ...run }: { kind: EventKind; first: number; last: number; fromMs: number; toMs: number },
  signal: AbortSignal,
): Promise<void> {
  const { view, time } = EVENT_TABLES[kind];
  await client.command({
    query: insertFrom(
      kind,
      fromLedger(view),
      `chunk_id >= {first:Int64} AND chunk_id <= {last:Int64} AND ${time} >= {fromMs:Int64} AND ${time} < {toMs:Int64}`,
    ),
    query_params: run,
    abort_signal: signal,
    clickhouse_settings: { ...ONE_BLOCK, insert_deduplicate: 0, max_execution_time: 600 },
  });
}

/** Whether any event of this kind in this chunk is in the raw table. */
export async function hasChunk(
  client: ClickHouseClient,
  { kind, chunkId }: Pick<ChunkOfKind, 'kind' | 'chunkId'>,
): Promise<boolean> {
  const result = await client.query({
    query: `SELECT count() AS n FROM ${EVENT_TABLES[kind].table} WHERE chunk_id = {chunk:UInt64}`,
    query_params: { chunk: chunkId },
    format: 'JSONEachRow',
  });
  const [row] = await result.json<{ n: string }>();
  return Number(row?.n) > 0;
}

/**
 * Errors that say "this data", not "not now": sent again, it would be refused again. Everything else is transient.
 * Numbers: ErrorCodes.cpp of ClickHouse. 6 CANNOT_PARSE_TEXT, 27 CANNOT_PARSE_INPUT_ASSERTION_FAILED, 38 CANNOT_PARSE_DATE,
 * 41 CANNOT_PARSE_DATETIME, 53 TYPE_MISMATCH, 69 ARGUMENT_OUT_OF_BOUND, 70 CANNOT_CONVERT_TYPE, 72 CANNOT_PARSE_NUMBER,
 * 252 TOO_MANY_PARTS is *not* one, 349 CANNOT_INSERT_NULL_IN_ORDINARY_COLUMN, 376 CANNOT_PARSE_UUID,
 * 395 FUNCTION_THROW_IF_VALUE_IS_NON_ZERO, 407 DECIMAL_OVERFLOW, 469 VIOLATED_CONSTRAINT.
 */
const REFUSALS = new Set(['6', '27', '38', '41', '53', '69', '70', '72', '349', '376', '395', '407', '469']);

/** Whether the engine refused the data itself. */
export function isRefusal(error: unknown): boolean {
  return error instanceof ClickHouseError && REFUSALS.has(error.code);
}
