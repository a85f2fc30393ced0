import type { ClickHouseClient } from '@clickhouse/client';
import type { FastifyRequest } from 'fastify';
import { callerOf } from '../accounts/caller.js';
import { DATABASE, openAnalytics, QUERIES_EACH_MAX, READ_MS_MAX } from '../analytics/client.js';
import { FoldedDays } from '../analytics/queries/folded-days.js';
import { tenantClient } from '../analytics/tenant-client.js';
import { STOP } from '../lib/stopping.js';
import { Turns } from '../lib/turns.js';
import { type Live, makeLive } from '../live/live.js';
import type { Base } from './base.js';

/** The role that answers questions about clicks. */
export interface QueryRole {
  /** With every tenant's rows. */
  analytics: ClickHouseClient;
  /** The same for exports, whose readers may be slow. */
  exports: ClickHouseClient;
  /** Each confined to the tenant of a request. */
  analyticsOf: (request: FastifyRequest) => ClickHouseClient;
  exportsOf: (request: FastifyRequest) => ClickHouseClient;
  foldedDays: FoldedDays;
  live: Live;
}

/** Starts what answers questions, and pushes answers to dashboards. */
export function startQuery(base: Base): QueryRole {
  const { stores, registry, background, queryTime, stopper, now } = base;
  if (!stores.analytics) throw new Error('Queries need analytics');
  const { client, target } = stores.analytics;
  // Reads give up sooner than the relay's inserts and an export's slow reader may.
  const reads = openAnalytics(target, DATABASE, READ_MS_MAX);
  stopper.add('connections of reads', STOP.connections, () => reads.close());
  const analytics = queryTime.of(reads, 'request');
  const foldedDays = new FoldedDays(reads);
  const live = makeLive({
    pool: stores.pool,
    client: queryTime.of(reads, 'push'),
    folded: foldedDays,
    registry,
    background,
    now,
  });
  stopper.add('streams', STOP.drain, () => live.stop());
  return {
    analytics,
    exports: client,
    analyticsOf: confinedTo(analytics, new Turns(QUERIES_EACH_MAX)),
    exportsOf: confinedTo(client),
    foldedDays,
    live,
  };
}

/** The client of a request's tenant. */
const confinedTo =
  (client: ClickHouseClient, turns: Turns<number> | null = null) =>
  (request: FastifyRequest): ClickHouseClient =>
    tenantClient(client, callerOf(request).tenantId, turns);
