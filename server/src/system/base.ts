import { readFileSync } from 'node:fs';
import type pg from 'pg';
import { Registry } from 'prom-client';
import { QueryTime } from '../analytics/query-time.js';
import type { Config } from '../config.js';
import { lockDataDir, readSecrets, type Secrets } from '../embedded/data-dir.js';
import { endPool, openLedger, SLOW_CONNECTIONS_MAX } from '../ledger/database.js';
import { Background } from '../lib/background.js';
import type { Log } from '../lib/log.js';
import { STOP, type Stopper } from '../lib/stopping.js';
import { makeTenantFetch, type TenantFetch } from '../lib/tenant-fetch.js';
import type { Tracing } from '../lib/tracing/tracing.js';
import { trustOf } from '../lib/trusted-proxies.js';
import { Wake } from '../lib/wake.js';
import { openStores, type Stores } from './stores.js';

/** The server's version, of its package. */
export const VERSION = (
  JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as { version: string }
).version;

/** What every role stands on. */
export interface Base {
  config: Config;
  log: Log;
  now: () => number;
  /** What has to be stopped is added to it. */
  stopper: Stopper;
  secrets: Secrets;
  stores: Stores;
  /** Connections of their own for what takes minutes. */
  slowPool: pg.Pool;
  registry: Registry;
  background: Background;
  /** Told of each commit of clicks in this process. */
  committed: Wake;
  queryTime: QueryTime;
  tenantFetch: TenantFetch;
  /** Null unless traces are switched on. */
  tracing: Tracing | null;
}

/** Another owner of background work than the usual one, for tests. */
export type MakeBackground = (parts: { log: Log; registry: Registry }) => Background;

/**
 * Takes the data folder, and opens the stores.
 *
 * @throws DataDirInUse, StoreUnreachable, UnsupportedSchema
 */
export async function openBase(
  given: Pick<Base, 'config' | 'log' | 'now' | 'stopper'>,
  makeBackground: MakeBackground = (parts) => new Background(parts),
): Promise<Base> {
  const { config, log, stopper } = given;
  stopper.add('data folder', STOP.process, lockDataDir(config.dataDir));
  const secrets = readSecrets(config.dataDir);
  const stores = await openStores(config, secrets, log, stopper);
  const slowPool = openLedger(stores.ledgerTarget, log, SLOW_CONNECTIONS_MAX);
  stopper.add('connections of slow reads', STOP.connections, () => endPool(slowPool));
  const registry = new Registry();
  const tracing = await openTracing(config);
  if (tracing) stopper.add('traces', STOP.connections, () => tracing.stop());
  return {
    ...given,
    secrets,
    stores,
    slowPool,
    registry,
    background: makeBackground({ log, registry }),
    committed: new Wake(),
    queryTime: new QueryTime(registry),
    tenantFetch: makeTenantFetch(trustOf(config.webhookPrivateRanges)),
    tracing,
  };
}

/** Null unless the environment asks for traces; only then are OpenTelemetry's packages loaded. */
async function openTracing(config: Config): Promise<Tracing | null> {
  if (!config.traces) return null;
  const { openTelemetry } = await import('../lib/tracing/otel.js');
  return openTelemetry({ node: config.nodeName, version: VERSION, protocol: config.traces.protocol });
}
