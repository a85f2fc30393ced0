import type { ClickHouseClient } from '@clickhouse/client';
import type { FastifyRequest } from 'fastify';
import { readCurrency } from '../accounts/account-settings.js';
import { callerOf } from '../accounts/caller.js';
import {
  DATABASE,
  LONG_QUERIES_EACH_MAX,
  openAnalytics,
  openForLongReads,
  QUERIES_EACH_MAX,
  READ_MS_MAX,
} from '../analytics/client.js';
import { FoldedDays } from '../analytics/queries/folded-days.js';
import { Rollups } from '../analytics/queries/rollups.js';
import { tenantClient } from '../analytics/tenant-client.js';
import { readMarks } from '../ledger/folds.js';
import { STOP } from '../lib/stopping.js';
import { Turns } from '../lib/turns.js';
import { type Live, makeLive } from '../live/live.js';
import type { Base } from './base.js';

/** The role that answers questions about clicks. */
export interface QueryRole {
  /** With every tenant's rows. */
  analytics: ClickHouseClient;
  /** The same, for what may take half a minute or has a slow reader. */
  longReads: ClickHouseClient;
  /** Each confined to the tenant of a request. */
  analyticsOf: (request: FastifyRequest) => ClickHouseClient;
  longReadsOf: (request: FastifyRequest) => ClickHouseClient;
  rollups: Rollups;
  live: Live;
}

/** Starts what answers questions, and pushes answers to dashboards. */
export function startQuery(base: Base): QueryRole {
  const { stores, registry, background, queryTime, stopper, now } = base;
  if (!stores.analytics) throw new Error('Queries need analytics');
  const { target } = stores.analytics;
  // Reads give up sooner than the relay's inserts and an export's slow reader may.
  const reads = openAnalytics(target, DATABASE, READ_MS_MAX);
  stopper.add('connections of reads', STOP.connections, () => reads.close());
  const analytics = queryTime.of(reads, 'request');
  // Connections of their own: a tenant's back-tests and previews must not take those that the relay delivers over.
  const longReads = openForLongReads(target);
  stopper.add('connections of long reads', STOP.connections, () => longReads.close());
  const rollups = Rollups.from(() => readMarks(stores.pool), new FoldedDays(reads));
  const live = makeLive({
    pool: stores.pool,
    client: queryTime.of(reads, 'push'),
    rollups,
    currencyOf: (tenantId) => readCurrency(stores.pool, tenantId),
    registry,
    background,
    now,
  });
  stopper.add('streams', STOP.drain, () => live.stop());
  return {
    analytics,
    longReads,
    analyticsOf: confinedTo(analytics, new Turns(QUERIES_EACH_MAX)),
    longReadsOf: confinedTo(longReads, new Turns(LONG_QUERIES_EACH_MAX)),
    rollups,
    live,
  };
}

/** The client of a request's tenant. */
const confinedTo =
  (client: ClickHouseClient, turns: Turns<number> | null = null) =>
  (request: FastifyRequest): ClickHouseClient =>
    tenantClient(client, callerOf(request).tenantId, turns);
