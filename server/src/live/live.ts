import type { ClickHouseClient } from '@clickhouse/client';
import type pg from 'pg';
import { Gauge, type Registry } from 'prom-client';
import { aggregate } from '../analytics/aggregate.js';
import { readLiveClicks } from '../analytics/live-clicks.js';
import type { Log } from '../log.js';
import { readChunkMark } from './chunk-mark.js';
import { EventStreams } from './event-streams.js';
import { LiveFeed } from './live-feed.js';
import { SharedViews } from './shared-views.js';

/** What is pushed to dashboards: the door of this folder. */
export interface Live {
  streams: EventStreams;
  views: SharedViews;
  feed: LiveFeed;
  /** Ends every stream. */
  stop(): void;
}

/** The push of one tenant's figures. Nothing is asked while nobody looks. */
export function makeLive(parts: {
  pool: pg.Pool;
  client: ClickHouseClient;
  registry: Registry;
  log: Log;
  now: () => number;
  tenantId: number;
}): Live {
  const { pool, client, registry, log, now, tenantId } = parts;
  const mark = () => readChunkMark(pool);
  const onError = (error: string) =>
    log.warn({ error }, 'a live view could not be refreshed; it is tried again');
  const streams = new EventStreams(registry);
  const views = new SharedViews({ now, mark, onError, ask: (query) => aggregate(client, tenantId, query) });
  const feed = new LiveFeed({
    now,
    mark,
    onError,
    read: (slice) => readLiveClicks(client, tenantId, slice),
  });
  new Gauge({
    name: 'clickledger_event_stream_views',
    help: 'Distinct queries that the open event streams share.',
    registers: [registry],
    collect() {
      this.set(views.size);
    },
  });
  return {
    streams,
    views,
    feed,
    stop() {
      views.stop();
      feed.stop();
      streams.stop();
    },
  };
}
