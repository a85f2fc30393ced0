import { readFileSync } from 'node:fs';
import type { ClickHouseClient } from '@clickhouse/client';
import type { FastifyRequest } from 'fastify';
import type pg from 'pg';
import { collectDefaultMetrics, Registry } from 'prom-client';
import { uuidv7 } from 'uuidv7';
import { AccessInForce } from '../accounts/access-in-force.js';
import { callerOf } from '../accounts/caller.js';
import { FairQueue } from '../accounts/fair-queue.js';
import { openMailer } from '../accounts/mail.js';
import { Oidc } from '../accounts/oidc.js';
import { Sessions } from '../accounts/sessions.js';
import { dropExpiredAccess } from '../accounts/sessions-table.js';
import { keepAlerting } from '../alerts/alerts.js';
import { DATABASE, openAnalytics, QUERIES_EACH_MAX, READ_MS_MAX } from '../analytics/client.js';
import { FoldedDays } from '../analytics/queries/folded-days.js';
import { QueryTime } from '../analytics/query-time.js';
import { tenantClient } from '../analytics/tenant-client.js';
import type { Config } from '../config.js';
import { lockDataDir, readSecrets } from '../embedded/data-dir.js';
import { classifyAgent } from '../enrich/agent-class.js';
import { openCountryLookup } from '../enrich/country.js';
import { openDatacenterLookup } from '../enrich/datacenter.js';
import { makeHasher } from '../enrich/hasher.js';
import { parseUserAgent } from '../enrich/user-agent.js';
import type { FindListed } from '../fraud/lists.js';
import type { Guard } from '../guard/guard.js';
import type { Services } from '../http/server/services.js';
import { Ingest } from '../ingest/ingest.js';
import { IngestMeter } from '../ingest/meter.js';
import { makePrepare } from '../ingest/prepare.js';
import { endPool, INGEST_CONNECTIONS_MAX, openLedger, SLOW_CONNECTIONS_MAX } from '../ledger/database.js';
import { declareDedupWindow, Maintenance } from '../ledger/maintain.js';
import { tenantPool } from '../ledger/tenant-pool.js';
import { Background } from '../lib/background.js';
import type { Log } from '../lib/log.js';
import { Shares } from '../lib/shares.js';
import { STOP, Stopper } from '../lib/stopping.js';
import { makeTenantFetch } from '../lib/tenant-fetch.js';
import type { Tracing } from '../lib/tracing/tracing.js';
import { trustOf } from '../lib/trusted-proxies.js';
import { Turns } from '../lib/turns.js';
import { makeLive } from '../live/live.js';
import { keepForgetting } from '../privacy/schedule.js';
import { PrivacySignals } from '../privacy/signals.js';
import { Folding } from '../relay/folding.js';
import { RelayMeter } from '../relay/meter.js';
import { RawRetention } from '../relay/raw-retention.js';
import { Rebuild } from '../relay/rebuild.js';
import { Reconciler } from '../relay/reconciler.js';
import { Relay } from '../relay/relay.js';
import { RulesInForce } from '../review/rules-in-force.js';
import { keepJudgingEveryMinute } from '../review/schedule.js';
import { makeHealth, makeStats } from './health.js';
import { meterBacklog, meterStores } from './store-metrics.js';
import { openStores } from './stores.js';

export interface System {
  services: Services;
  pool: pg.Pool;
  /** Unconfined, for tests; absent when this process doesn't play the role query. */
  analytics: ClickHouseClient | null;
  exports: ClickHouseClient | null;
  guard: Guard;
  relay: Relay | null;
  /** Process ids of the embedded stores, for tests that end them. */
  pids: { postgres: () => number | undefined; clickhouse: () => number | undefined };
  /** In the order and within the times of `STOP`; what was accepted is answered. */
  stop(): Promise<void>;
}

export interface SystemOptions {
  /** Makes analytics anew from the ledger, before anything is compared. */
  rebuildFirst?: boolean;
  /** What has to be stopped is added to it; one of its own unless given. */
  stopper?: Stopper;
  /** Another owner of background work, for tests. */
  makeBackground?: (parts: { log: Log; registry: Registry }) => Background;
}

export const VERSION = (
  JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as { version: string }
).version;

/** Starts the stores that no URL was given for, migrates both databases, and composes the parts that the roles need. */
export async function startSystem(
  config: Config,
  log: Log,
  now: () => number = Date.now,
  options: SystemOptions = {},
): Promise<System> {
  const stopper = options.stopper ?? new Stopper(log);
  try {
    return await compose(config, log, now, stopper, options);
  } catch (error) {
    await stopper.stop();
    throw error;
  }
}

async function compose(
  config: Config,
  log: Log,
  now: () => number,
  stopper: Stopper,
  options: SystemOptions,
): Promise<System> {
  stopper.add('data folder', STOP.process, lockDataDir(config.dataDir));
  const secrets = readSecrets(config.dataDir);
  const has = (role: 'ingest' | 'relay' | 'query') => config.roles.has(role);

  const stores = await openStores(config, secrets, log, stopper);
  const { ledgerTarget, pool, guard } = stores;
  const client = stores.analytics?.client ?? null;
  const slowPool = openLedger(ledgerTarget, log, SLOW_CONNECTIONS_MAX);
  stopper.add('connections of slow reads', STOP.connections, () => endPool(slowPool));

  const registry = new Registry();
  collectDefaultMetrics({ register: registry, prefix: 'clickledger_' });
  const { makeBackground = (parts) => new Background(parts) } = options;
  const background = makeBackground({ log, registry });
  const queryTime = new QueryTime(registry);
  const tenantFetch = makeTenantFetch(trustOf(config.webhookPrivateRanges));
  const tracing = await openTracing(config);
  if (tracing) stopper.add('traces', STOP.connections, () => tracing.stop());

  const moved = has('relay') ? stores.analytics : null;
  const rebuild = moved && new Rebuild({ pool, client: moved.client, target: moved.target, background, log });
  const folding = moved && rebuild && new Folding({ ...moved, rebuild, now, registry, background, log });
  const relay =
    moved &&
    rebuild &&
    folding &&
    new Relay({
      ledger: ledgerTarget,
      client: queryTime.of(moved.client, 'relay'),
      connectLedger: moved.connectLedger,
      meter: new RelayMeter(registry),
      tracing,
      background,
      log,
      between: [
        rebuild,
        folding,
        new Reconciler({ client: queryTime.of(moved.client, 'relay'), rebuild, registry, background, log }),
        new RawRetention({
          client: moved.client,
          rebuild,
          registry,
          background,
          log,
          now,
          retentionDays: config.retentionDays,
        }),
      ],
    });
  if (relay) {
    if (options.rebuildFirst) rebuild?.start(null);
    relay.start();
  }
  const maintenance = new Maintenance(pool, { ...config, alsoDrop: [dropExpiredAccess] });
  maintenance.keep(background);
  if (relay && client) {
    keepJudgingEveryMinute({ pool, client, now }, background);
    keepAlerting({ pool, client, tenantFetch, now }, background);
    keepForgetting({ pool, slowPool, client, now }, background, log);
  }

  const access = new AccessInForce({ pool, background, now });
  stopper.add('background work', STOP.work, () =>
    Promise.all([
      background.stop(),
      rebuild?.stop(),
      relay?.stop().then(() => folding?.stop()), // the relay gives it its turns
      access.stop(),
    ]),
  );
  await access.start();
  const mailer = config.smtp && openMailer(config.smtp.url, config.smtp.from);
  if (mailer) stopper.add('mail', STOP.connections, () => mailer.close());

  const rulesInForce = has('ingest') ? new RulesInForce({ pool, background }) : null;
  await rulesInForce?.start();
  const signals = has('ingest') ? new PrivacySignals({ pool, background }) : null;
  await signals?.start();
  let ingest: Ingest | null = null;
  let meter: IngestMeter | null = null;
  if (rulesInForce) {
    meter = new IngestMeter(registry, now, () => ingest?.queuedClicks ?? 0);
    const writes = openLedger(ledgerTarget, log, INGEST_CONNECTIONS_MAX);
    stopper.add('connections of ingestion', STOP.connections, () => endPool(writes));
    ingest = new Ingest({
      pool: writes,
      guard,
      rulesOf: (tenantId) => rulesInForce.rulesOf(tenantId),
      node: config.nodeName,
      now,
      meter,
      tracing,
      background,
      log,
    });
    stopper.add('ingestion', STOP.work, () => ingest?.stop());
  }
  const idsKnownSinceMs = has('ingest') ? await declareDedupWindow(pool, config.dedupWindowDays) : 0;
  const prepare = await makeClickPreparation(
    config,
    secrets.hashSecret,
    rulesInForce?.findListed,
    idsKnownSinceMs,
  );
  // Reads give up sooner than the relay's inserts and an export's slow reader may.
  const reads =
    has('query') && stores.analytics ? openAnalytics(stores.analytics.target, DATABASE, READ_MS_MAX) : null;
  if (reads) stopper.add('connections of reads', STOP.connections, () => reads.close());
  const analytics = reads && queryTime.of(reads, 'request');
  const folded = reads && new FoldedDays(reads);
  const live =
    reads &&
    folded &&
    makeLive({
      pool,
      client: queryTime.of(reads, 'push'),
      folded,
      registry,
      background,
      now,
    });
  if (live) stopper.add('streams', STOP.drain, () => live.stop());
  const watched = {
    access,
    maintenance,
    pool,
    client,
    guard,
    relay,
    live,
    embedded: stores.embedded,
    restarts: stores.restarts,
    ingest,
    meter,
    version: VERSION,
    now,
  };
  const health = makeHealth(watched);
  meterStores(registry, health, {
    postgres: () => stores.restarts.postgres?.total ?? 0,
    clickhouse: () => stores.restarts.clickhouse?.total ?? 0,
  });
  meterBacklog(registry, pool);
  const services: Services = {
    version: VERSION,
    now,
    log,
    background,
    tracing,
    ledgerOf: (request) => {
      const { tenantId, advertiserIds } = callerOf(request);
      return tenantPool(pool, tenantId, advertiserIds);
    },
    operatorPool: pool,
    slowPool,
    slowLedgerOf: (request) => tenantPool(slowPool, callerOf(request).tenantId),
    slowReads: new Shares({ total: SLOW_CONNECTIONS_MAX, each: 1 }),
    tenantFetch,
    registry,
    ingest: ingest && meter ? { ingest, meter, prepare } : null,
    analyticsOf: confinedTo(analytics, new Turns(QUERIES_EACH_MAX)),
    foldedDays: folded,
    exportsOf: confinedTo(analytics && client),
    operatorAnalytics: analytics && client,
    rebuild,
    live,
    rulesInForce,
    hasher: makeHasher(Buffer.from(config.hashSecret ?? secrets.hashSecret)),
    signals,
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
    ...{ services, pool, analytics, exports: analytics && client, guard, relay },
    ...{ pids: stores.pids, stop: () => stopper.stop() },
  };
}

/** The client of a request's tenant. */
const confinedTo = (client: ClickHouseClient | null, turns: Turns<number> | null = null) =>
  client && ((request: FastifyRequest) => tenantClient(client, callerOf(request).tenantId, turns));

/** Null unless the environment asks for traces; only then are OpenTelemetry's packages loaded. */
async function openTracing(config: Config): Promise<Tracing | null> {
  if (!config.traces) return null;
  const { openTelemetry } = await import('../lib/tracing/otel.js');
  return openTelemetry({ node: config.nodeName, version: VERSION, protocol: config.traces.protocol });
}

const DAY_MS = 86_400_000;

/** The step that checks and enriches clicks, also for imports. */
export async function makeClickPreparation(
  config: Config,
  hashSecret: string,
  findListed?: FindListed,
  idsKnownSinceMs = 0,
) {
  const countries = await openCountryLookup();
  return makePrepare({
    enrich: {
      country: (address) => countries.lookup(address),
      userAgent: parseUserAgent,
      agentClass: classifyAgent,
      isDatacenter: openDatacenterLookup(config.datacenterRanges),
    },
    hasher: makeHasher(Buffer.from(config.hashSecret ?? hashSecret)),
    newId: uuidv7,
    dedupWindowMs: config.dedupWindowDays * DAY_MS,
    idsKnownSinceMs,
    ...(findListed ? { findListed } : {}),
  });
}
