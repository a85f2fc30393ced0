import type { ClickHouseClient } from '@clickhouse/client';
import type pg from 'pg';
import { type ClickHouseTarget, openAnalytics } from '../analytics/client.js';
import { migrateAnalyticsOnce } from '../analytics/migrate.js';
import { connectLedger } from '../analytics/rollups/ledger-link.js';
import type { Config } from '../config.js';
import { startEmbeddedClickHouse } from '../embedded/clickhouse/start.js';
import type { Secrets } from '../embedded/data-dir.js';
import { startEmbeddedPostgres } from '../embedded/postgres/start.js';
import type { Restarts } from '../embedded/restarts.js';
import type { Guard } from '../guard/guard.js';
import { MemoryGuard } from '../guard/memory.js';
import { RedisGuard } from '../guard/redis.js';
import { endPool, openLedger } from '../ledger/database.js';
import { makePartitions } from '../ledger/maintain.js';
import { migrateLedger } from '../ledger/migrate.js';
import { errorFields, type Log } from '../lib/log.js';
import { STOP, type Stopper } from '../lib/stopping.js';
import { reach } from './wait-for-store.js';

/** The three stores, reached and with their schemas as this release needs them. */
export interface Stores {
  /** For connections of one's own. */
  ledgerTarget: string | pg.ClientConfig;
  pool: pg.Pool;
  guard: Guard;
  /** Null when no role of this process needs analytics. */
  analytics: {
    target: ClickHouseTarget;
    client: ClickHouseClient;
    /** Tells analytics how to reach the ledger. */
    connectLedger: () => Promise<void>;
  } | null;
  embedded: { postgres: boolean; redis: boolean; clickhouse: boolean };
  /** Of the embedded ones. */
  restarts: { postgres: Restarts | null; clickhouse: Restarts | null };
  pids: { postgres: () => number | undefined; clickhouse: () => number | undefined };
}

/**
 * Starts the stores that no URL was given for, waits for the servers of the others, and migrates both databases.
 *
 * @param stopper what closes each is added to it, also when a later one fails
 * @throws StoreUnreachable, UnsupportedSchema
 */
export async function openStores(
  config: Config,
  secrets: Secrets,
  log: Log,
  stopper: Stopper,
): Promise<Stores> {
  const waiting = { waitMsMax: config.startWaitSeconds * 1_000, log };

  const postgres = config.databaseUrl
    ? null
    : await startEmbeddedPostgres({ dataDir: config.dataDir, password: secrets.postgresPassword, log });
  if (postgres) stopper.add('PostgreSQL', STOP.postgres, postgres.stop);
  const ledgerTarget = config.databaseUrl ?? (postgres as NonNullable<typeof postgres>).connection;
  const pool = openLedger(ledgerTarget, log);
  stopper.add('connections of the ledger', STOP.connections, () => endPool(pool));
  await (config.databaseUrl
    ? reach('DATABASE_URL', () => migrateLedger(pool), waiting)
    : migrateLedger(pool));
  // An old ledger has them for a week. What fails here maintenance tries again, counts, and shows in health.
  await makePartitions(pool).catch((error: unknown) =>
    log.error(errorFields(error), 'the partitions of the ledger could not be made; it is tried again'),
  );

  const guard: Guard = config.redisUrl
    ? new RedisGuard({ url: config.redisUrl, node: config.nodeName })
    : new MemoryGuard({ node: config.nodeName });
  stopper.add('guard', STOP.connections, () => guard.close());
  await reach('REDIS_URL', () => guard.ping(), waiting);

  const needsAnalytics = config.roles.has('relay') || config.roles.has('query');
  const clickhouse =
    !needsAnalytics || config.clickhouseUrl
      ? null
      : await startEmbeddedClickHouse({ dataDir: config.dataDir, password: secrets.clickhousePassword, log });
  if (clickhouse) stopper.add('ClickHouse', STOP.clickhouse, clickhouse.stop);
  const stores = {
    ledgerTarget,
    pool,
    guard,
    embedded: { postgres: postgres !== null, redis: !config.redisUrl, clickhouse: clickhouse !== null },
    restarts: { postgres: postgres?.restarts ?? null, clickhouse: clickhouse?.restarts ?? null },
    pids: { postgres: () => postgres?.pid(), clickhouse: () => clickhouse?.pid() },
  };
  if (!needsAnalytics) return { ...stores, analytics: null };

  const target: ClickHouseTarget = clickhouse
    ? { url: clickhouse.url, username: clickhouse.username, password: clickhouse.password }
    : { url: config.clickhouseUrl ?? '' };
  const client = openAnalytics(target);
  stopper.add('connections of analytics', STOP.connections, () => client.close());
  const ledgerUrl = config.ledgerUrlForClickhouse ?? config.databaseUrl ?? postgres?.loopbackUrl ?? '';
  const connect = () => connectLedger(client, ledgerUrl);
  const prepare = async () => {
    await migrateAnalyticsOnce(pool, target, client);
    await connect();
  };
  await (config.clickhouseUrl ? reach('CLICKHOUSE_URL', prepare, waiting) : prepare());
  return { ...stores, analytics: { target, client, connectLedger: connect } };
}
