import { ClickHouseError } from '@clickhouse/client';
import pg from 'pg';

/**
 * PostgreSQL's classes 08 (connection), 53 (insufficient resources), 57 (operator intervention, a statement's time limit among them)
 * and 58 (the system under it), and 25P03, 40001, 40P01, 55P03: a session or a lock that took too long, a transaction that lost
 * against another. Source: PostgreSQL, Appendix A.
 */
const POSTGRES = /^(?:08|53|57|58)\w{3}$|^(?:25P03|40001|40P01|55P03)$/;

/**
 * ClickHouse's codes, from its ErrorCodes.cpp: 3 UNEXPECTED_END_OF_FILE, 23 CANNOT_READ_FROM_ISTREAM, 74, 75 (a file could not be
 * read or written), 95, 96 (a socket likewise), 159 TIMEOUT_EXCEEDED, 160 TOO_SLOW, 173 CANNOT_ALLOCATE_MEMORY, 198 DNS_ERROR,
 * 202 TOO_MANY_SIMULTANEOUS_QUERIES, 203 NO_FREE_CONNECTION, 209 SOCKET_TIMEOUT, 210 NETWORK_ERROR, 225 NO_ZOOKEEPER, 236 ABORTED,
 * 241 MEMORY_LIMIT_EXCEEDED, 242 TABLE_IS_READ_ONLY, 243 NOT_ENOUGH_SPACE, 252 TOO_MANY_PARTS, 279 ALL_CONNECTION_TRIES_FAILED,
 * 285 TOO_FEW_LIVE_REPLICAS, 319 UNKNOWN_STATUS_OF_INSERT, 364 ALL_REPLICAS_ARE_STALE, 394 QUERY_WAS_CANCELLED, 425 SYSTEM_ERROR,
 * 439 CANNOT_SCHEDULE_TASK, 473 DEADLOCK_AVOIDED, 999 KEEPER_EXCEPTION.
 */
const CLICKHOUSE = new Set(
  [3, 23, 74, 75, 95, 96, 159, 160, 173, 198, 202, 203, 209, 210, 225, 236, 241, 242, 243, 252, 279, 285]
    .concat([319, 364, 394, 425, 439, 473, 999])
    .map(String),
);

/** Node's codes of a connection, a name, a disk or a table of files that failed, and those of undici, under `fetch`. */
const NODE =
  /^(?:ECONN(?:REFUSED|RESET|ABORTED)|EPIPE|E(?:HOST|NET)(?:UNREACH|DOWN)|ENETRESET|ETIMEDOUT|ESOCKETTIMEDOUT|EAI_\w+|ENOTFOUND|EMFILE|ENFILE|ENOBUFS|ENOMEM|ENOSPC|EDQUOT|EIO|UND_ERR_\w*TIMEOUT|UND_ERR_SOCKET)$/;

/** What pg, pg-pool and the clients of ClickHouse and Redis say without a code. Each is the whole message or its beginning. */
const MESSAGES =
  /^(?:Connection terminated|Connection ended|Client was closed|Client has encountered a connection error|Query read timeout|timeout exceeded when trying to connect|timeout expired|Cannot use a pool after calling end|Timeout error\.|Connection is closed\.|socket hang up)/;

const CAUSES_MAX = 3;

/**
 * Whether an error says "not now": a store or a network that is away, too busy or too slow. Trying again later may help, with nothing
 * changed. Everything else is a fault of ours.
 */
export function isTransient(error: unknown, causesMax = CAUSES_MAX): boolean {
  if (!(error instanceof Error)) return false;
  if (error instanceof ClickHouseError) return CLICKHOUSE.has(error.code);
  const code = String((error as { code?: unknown }).code ?? '');
  if (error instanceof pg.DatabaseError)
    // A row without a partition: a check that no constraint names. Maintenance makes it, or a clock has to be set.
    return POSTGRES.test(code) || (code === '23514' && error.constraint === undefined);
  if (NODE.test(code) || (error as NodeJS.ErrnoException).syscall === 'connect') return true;
  if (error.name === 'TimeoutError' || error.name === 'GuardUnavailable') return true;
  if (MESSAGES.test(error.message)) return true;
  if (causesMax === 0) return false;
  // A connection tried at several addresses, and `fetch failed`.
  const causes = error instanceof AggregateError ? (error.errors as unknown[]) : [error.cause];
  return causes.some((cause) => isTransient(cause, causesMax - 1));
}
