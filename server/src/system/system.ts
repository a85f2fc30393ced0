import type { ClickHouseClient } from '@clickhouse/client';
import type pg from 'pg';
import { AccessInForce } from '../accounts/access-in-force.js';
import { callerOf } from '../accounts/caller.js';
import { FairQueue } from '../accounts/fair-queue.js';
import { openMailer } from '../accounts/mail.js';
import { Oidc } from '../accounts/oidc.js';
import { Sessions } from '../accounts/sessions.js';
import { dropExpiredAccess } from '../accounts/sessions-table.js';
import type { Config } from '../config.js';
import { dropOldPostbacks } from '../conversions/postback-log.js';
import { makeHasher } from '../enrich/hasher.js';
import type { Guard } from '../guard/guard.js';
import type { Services } from '../http/server/services.js';
import { dropOldReports } from '../impressions/append-impressions.js';
import { CONNECTIONS_EACH_MAX, SLOW_CONNECTIONS_MAX } from '../ledger/database.js';
import { Maintenance } from '../ledger/maintain.js';
import { tenantPool } from '../ledger/tenant-pool.js';
import type { Log } from '../lib/log.js';
import { Shares } from '../lib/shares.js';
import { STOP, Stopper } from '../lib/stopping.js';
import { Turns } from '../lib/turns.js';
import type { Relay } from '../relay/relay.js';
import { type MakeBackground, openBase, VERSION } from './base.js';
import { startConversions } from './conversions.js';
import { makeHealth, makeStats } from './health.js';
import { startIngest } from './ingest.js';
import { measureWhenAsked } from './process-metrics.js';
import { startQuery } from './query.js';
import { startRelay } from './relay.js';
import { meterBacklog, meterStores } from './store-metrics.js';

export interface System {
  services: Services;
  pool: pg.Pool;
  /** Unconfined, for tests; absent when this process doesn't play the role query. */
  analytics: ClickHouseClient | null;
  longReads: ClickHouseClient | null;
  guard: Guard;
  relay: Relay | null;
  /** Process ids of the embedded stores, for tests that end them. */
  pids: { postgres: () => number | undefined; clickhouse: () => number | undefined };
  /** In the order and within the times of `STOP`; what was accepted is answered. */
  stop(): Promise<void>;
}

export interface SystemOptions {
  /** Rebuilds analytics from the ledger, before anything is compared. */
  rebuildFirst?: boolean;
  /** What has to be stopped is added to it; one of its own unless given. */
  stopper?: Stopper;
  makeBackground?: MakeBackground;
  /** The longest pause between two comparisons of ledger and analytics; for tests. */
  reconcileEveryMs?: number;
}

/**
 * Starts the stores that no URL was given for, migrates both databases, and starts the roles of this process.
 *
 * @throws DataDirInUse, StoreUnreachable, UnsupportedSchema; what was started is stopped then
 */
export async function startSystem(
  config: Config,
  log: Log,
  now: () => number = Date.now,
  options: SystemOptions = {},
): Promise<System> {
  const stopper = options.stopper ?? new Stopper(log);
  try {
    return await startRoles(config, log, now, stopper, options);
  } catch (error) {
    await stopper.stop();
    throw error;
  }
}

/** What is started first is stopped last: stores, background work and the relay, ingestion, queries and streams. */
async function startRoles(
  config: Config,
  log: Log,
  now: () => number,
  stopper: Stopper,
  { rebuildFirst = false, makeBackground, reconcileEveryMs }: SystemOptions,
): Promise<System> {
  const base = await openBase({ config, log, now, stopper }, makeBackground);
  const { stores, slowPool, registry, background, secrets } = base;
  const { pool, guard } = stores;
  const { roles } = config;

  const relaying = roles.has('relay') ? startRelay(base, { rebuildFirst, reconcileEveryMs }) : null;
  const alsoDrop = [
    dropExpiredAccess,
    dropOldPostbacks,
    (ledger: pg.Pool) => dropOldReports(ledger, config.dedupWindowDays),
  ];
  const maintenance = new Maintenance(pool, { ...config, alsoDrop });
  maintenance.keep(background);
  const access = new AccessInForce({ pool, background, now });
  stopper.add('background work', STOP.work, () =>
    Promise.all([background.stop(), relaying?.stop(), access.stop()]),
  );
  await access.start();
  const mailer = config.smtp && openMailer(config.smtp.url, config.smtp.from);
  if (mailer) stopper.add('mail', STOP.connections, () => mailer.close());
  const ingesting = roles.has('ingest') ? await startIngest(base) : null;
  const conversions = roles.has('ingest') ? startConversions(base) : null;
  const querying = roles.has('query') ? startQuery(base) : null;

  const watched = {
    access,
    maintenance,
    pool,
    client: stores.analytics?.client ?? null,
    guard,
    relay: relaying?.relay ?? null,
    live: querying?.live ?? null,
    embedded: stores.embedded,
    restarts: stores.restarts,
    ingest: ingesting?.ingest ?? null,
    meter: ingesting?.meter ?? null,
    journal: ingesting?.journal ?? null,
    version: VERSION,
    now,
  };
  const health = makeHealth(watched);
  meterStores(registry, health, {
    postgres: () => stores.restarts.postgres?.total ?? 0,
    clickhouse: () => stores.restarts.clickhouse?.total ?? 0,
  });
  meterBacklog(registry, pool);
  const ledgerTurns = new Turns<number>(CONNECTIONS_EACH_MAX);
  const services: Services = {
    version: VERSION,
    now,
    log,
    background,
    tracing: base.tracing,
    ledgerOf: (request) => {
      const { tenantId, advertiserIds } = callerOf(request);
      return tenantPool(pool, tenantId, advertiserIds, ledgerTurns);
    },
    operatorPool: pool,
    slowPool,
    slowLedgerOf: (request) => tenantPool(slowPool, callerOf(request).tenantId),
    slowReads: new Shares({ total: SLOW_CONNECTIONS_MAX, each: 1 }),
    tenantFetch: base.tenantFetch,
    registry,
    metrics: measureWhenAsked(registry),
    ingest: ingesting,
    conversions,
    analyticsOf: querying?.analyticsOf ?? null,
    rollups: querying?.rollups ?? null,
    longReadsOf: querying?.longReadsOf ?? null,
    operatorAnalytics: querying && (stores.analytics?.client ?? null),
    rebuild: relaying?.rebuild ?? null,
    live: querying?.live ?? null,
    rulesInForce: ingesting?.rulesInForce ?? null,
    hasher: makeHasher(Buffer.from(config.hashSecret ?? secrets.hashSecret)),
    signals: ingesting?.signals ?? null,
    impressions: ingesting?.impressions ?? null,
    access,
    sessions: new Sessions({ pool, now }),
    hashing: new FairQueue(),
    operatorToken: secrets.operatorToken,
    mailer,
    oidc: config.oidc && new Oidc(config.oidc),
    publicUrl: config.publicUrl ?? null,
    health,
    stats: makeStats(watched, health),
  };
  return {
    services,
    pool,
    analytics: querying?.analytics ?? null,
    longReads: querying?.longReads ?? null,
    guard,
    relay: relaying?.relay ?? null,
    pids: stores.pids,
    stop: () => stopper.stop(),
  };
}
