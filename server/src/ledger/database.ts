import pg from 'pg';
import { sleep } from '../lib/backoff.js';
import type { Log } from '../lib/log.js';

/** Connections of one process to the ledger, for all but ingestion. */
const CONNECTIONS_MAX = 12;
/** Of those, for the requests of one tenant at once: its changes wait for each other, and each holds its connection meanwhile. */
export const CONNECTIONS_EACH_MAX = 4;
/** Of ingestion, which commits a batch and a short one beside it: readers, however many and slow, must not make it wait for a connection. */
export const INGEST_CONNECTIONS_MAX = 2;
/** Of what takes minutes (counting a statement again, looking for one person): it must not take a connection from signing in or revoking. */
export const SLOW_CONNECTIONS_MAX = 3;
const CONNECT_MS_MAX = 5_000;
/** The server gives up on a statement after this time, the client a little later. */
const STATEMENT_MS_MAX = 10_000;

// Counts fit a double up to 2^53; ids of chunks and batches likewise.
pg.types.setTypeParser(pg.types.builtins.INT8, Number);

/** Options for every connection to the ledger. */
export function connectionOptions(target: string | pg.ClientConfig): pg.ClientConfig {
  return {
    ...(typeof target === 'string' ? { connectionString: target } : target),
    connectionTimeoutMillis: CONNECT_MS_MAX,
    statement_timeout: STATEMENT_MS_MAX,
    query_timeout: STATEMENT_MS_MAX + 2_000,
    keepAlive: true,
    application_name: 'clickledger',
  };
}

/** A pool of connections to the ledger. Lost idle connections are logged and replaced. */
export function openLedger(target: string | pg.ClientConfig, log: Log, max = CONNECTIONS_MAX): pg.Pool {
  const pool = new pg.Pool({ ...connectionOptions(target), max, idleTimeoutMillis: 60_000 });
  // The pool listens to its idle connections only. One that is lost while it is in use tells its user, whose query fails; without a
  // listener of its own it would end the process as well.
  pool.on('connect', (client) =>
    client.on('error', (error) =>
      log.debug({ store: 'postgres', error: error.message }, 'a connection was lost'),
    ),
  );
  pool.on('error', (error) =>
    log.warn({ store: 'postgres', error: error.message }, 'an idle connection was lost'),
  );
  return pool;
}

/** Longest wait for the connections of a pool to come back. */
const END_MS_MAX = 1_000;

/** Closes a pool's connections: those in use as they come back, for a moment. A statement that still runs ends with its server or with us. */
export async function endPool(pool: pg.Pool): Promise<void> {
  const moment = new AbortController();
  await Promise.race([pool.end(), sleep(END_MS_MAX, moment.signal)]);
  moment.abort();
}
