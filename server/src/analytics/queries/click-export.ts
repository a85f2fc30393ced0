import type { Readable } from 'node:stream';
import type { ClickHouseClient } from '@clickhouse/client';
import { type ClickExportQuery, csvLine, LANDING_PARAMETERS, LIMITS } from '@clickledger/contract';
import { QUERY_LIMITS } from '../client.js';
import { clickConditions, clickTable, type Params } from './click-filters.js';

/** An export may take long: its reader sets the pace. */
const EXPORT_SECONDS_MAX = 3_600;
/** Sorting spills to disk beyond this. */
const SORT_BYTES_MAX = '300000000';

const TEXT = ['advertiser_id', 'campaign_id', 'ad_id', 'user_id'] as const;

/**
 * `guardFormula` of the contract, done by the engine, so that the rows pass through this process as bytes: a text that begins
 * like a formula gets an apostrophe (OWASP, CSV injection), a negative number does not.
 */
const guarded = (expression: string) => {
  const text = `toString(${expression})`;
  const isFormula = String.raw`match(${text}, '^\'*[=+@\-\t\r\n]') AND NOT match(${text}, '^\'*-[0-9]+([.][0-9]+)?$')`;
  return String.raw`if(${isFormula}, concat('\'', ${text}), ${text})`;
};

const COLUMNS: readonly (readonly [name: string, expression: string])[] = [
  ['click_id', 'click_id'],
  ['clicked_at', 'clicked_at'],
  ['received_at', 'received_at'],
  ...TEXT.map((name) => [name, guarded(name)] as const),
  ['ip_hash', 'ip_hash'],
  ['country', 'country'],
  ['device_type', 'device_type'],
  ['os', guarded('os')],
  ['browser', guarded('browser')],
  ['user_agent', guarded('user_agent')],
  ['referrer', guarded('referrer')],
  ['is_fraudulent', `if(is_fraudulent = 1, 'true', 'false')`],
  ['fraud_reason', 'fraud_reason'],
  ['fraud_reasons', 'fraud_reasons'],
  ['cost_micros', 'cost_micros'],
  ['batch_id', 'batch_id'],
  ['chunk_id', 'chunk_id'],
  [
    'clicked_at_local',
    String.raw`replaceRegexpOne(formatDateTime(clicked_at, '%Y-%m-%dT%H:%i:%S%z', {zone:String}), '(..)$', ':\\1')`,
  ],
  ['time_zone', '{zone:String}'],
  ['cost', 'toDecimal128(cost_micros, 6) / 1000000'],
  ['currency', '{currency:String}'],
  ['link_id', 'link_id'],
  ...LANDING_PARAMETERS.map((name) => [name, guarded(`landing['${name}']`)] as const),
];

/** The first line of the export. */
export const EXPORT_HEADER = csvLine(COLUMNS.map(([name]) => name));

/**
 * The clicks that match as lines of CSV (RFC 4180, without the header), newest first, at most `LIMITS.exportRowsMax`.
 * Amounts are in millionths (`cost_micros`) and in units of the currency (`cost`).
 * Bytes from the engine, as fast as they are read: destroying the stream, or aborting, ends the query.
 */
export async function exportClicks(
  client: ClickHouseClient,
  tenantId: number,
  query: ClickExportQuery,
  currency: string,
  signal: AbortSignal,
): Promise<Readable> {
  const params: Params = { limit: LIMITS.exportRowsMax, zone: query.timezone, currency };
  const conditions = clickConditions(tenantId, query, params);
  const columns = COLUMNS.map(([name, expression]) =>
    name === expression ? name : `${expression} AS out_${name}`,
  );
  const { stream } = await client.exec({
    query: `SELECT ${columns.join(', ')} FROM ${clickTable(query)} WHERE ${conditions.join(' AND ')}
ORDER BY clicked_at DESC, click_id DESC LIMIT {limit:UInt64} FORMAT CSV`,
    query_params: params,
    abort_signal: signal,
    clickhouse_settings: {
      ...QUERY_LIMITS,
      max_execution_time: EXPORT_SECONDS_MAX,
      max_bytes_before_external_sort: SORT_BYTES_MAX,
      // The table's own order: rows leave as they are read, nothing is sorted.
      optimize_read_in_order: 1,
      max_threads: 1,
      max_block_size: '8192',
      date_time_output_format: 'iso',
      output_format_csv_crlf_end_of_line: 1,
    },
  });
  return stream as Readable;
}
