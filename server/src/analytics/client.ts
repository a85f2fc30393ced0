import { type ClickHouseClient, ClickHouseError, createClient } from '@clickhouse/client';

export const DATABASE = 'clickledger';
const REQUEST_MS_MAX = 60_000;
/** Of a read: a little more than `max_execution_time`. An engine that is silent for so long is away. */
export const READ_MS_MAX = 12_000;
const CONNECTIONS_MAX = 8;
/** Queries of one tenant's requests that the engine works on at once; more wait, and leave other tenants a connection. */
export const QUERIES_EACH_MAX = 3;
/** The same of questions that may take half a minute, over connections of their own: back-tests, previews, verdicts on many clicks. */
export const LONG_QUERIES_EACH_MAX = 2;
/** Connections for those: fewer than the embedded engine answers at once, so that quick questions find room beside them. */
const LONG_CONNECTIONS_MAX = 5;

/** Limits of every query that a request makes; the relay's inserts have their own. */
export const QUERY_LIMITS = {
  max_execution_time: 10,
  max_memory_usage: '2000000000',
  // The planner may stop early only with an error, never with a part of the answer.
  timeout_overflow_mode: 'throw',
  // A query reads, whatever its text says; 2: its own settings still count.
  readonly: '2',
} as const;

export interface ClickHouseTarget {
  url: string;
  username?: string;
  password?: string;
}

/**
 * A client of the analytics database; the URL may carry user and password.
 *
 * @param requestMsMax how long an answer may be silent
 */
export function openAnalytics(
  target: ClickHouseTarget,
  database = DATABASE,
  requestMsMax = REQUEST_MS_MAX,
  connectionsMax = CONNECTIONS_MAX,
): ClickHouseClient {
  return createClient({
    ...target,
    database,
    application: 'clickledger',
    request_timeout: requestMsMax,
    max_open_connections: connectionsMax,
    // Lists of a thousand values are longer than an address may be.
    use_multipart_params_auto: true,
    log: { level: 127 }, // off: every error reaches us as a rejection
  });
}

/** A client for what may take half a minute, or has a slow reader. */
export const openForLongReads = (target: ClickHouseTarget): ClickHouseClient =>
  openAnalytics(target, DATABASE, REQUEST_MS_MAX, LONG_CONNECTIONS_MAX);

/** A time zone that the runtime knows and ClickHouse does not, such as one in another spelling: `europe/berlin`. */
export const isUnknownZone = (error: unknown): boolean =>
  error instanceof ClickHouseError && error.message.startsWith('Cannot load time zone');
