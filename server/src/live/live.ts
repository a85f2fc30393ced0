import type { ClickHouseClient } from '@clickhouse/client';
import type { AggregateQuery } from '@clickledger/contract';
import type pg from 'pg';
import { Gauge, type Registry } from 'prom-client';
import { aggregate, type CurrencyOf } from '../analytics/queries/aggregate.js';
import { readLiveClicks } from '../analytics/queries/live-clicks.js';
import type { Rollups } from '../analytics/queries/rollups.js';
import { tenantClient } from '../analytics/tenant-client.js';
import type { Background } from '../lib/background.js';
import { EventStreams } from './event-streams.js';
import { LiveFeed } from './live-feed.js';
import { SharedViews } from './shared-views.js';
import { readChunkMark } from './watermark.js';

/** What is pushed to dashboards: the door of this folder. */
export interface Live {
  streams: EventStreams;
  views: SharedViews;
  feedOf(tenantId: number): LiveFeed;
  /** Ends every stream. */
  stop(): void;
}

/** The push of every tenant's figures, to its own readers. Nothing is asked while nobody looks. */
export function makeLive(parts: {
  pool: pg.Pool;
  client: ClickHouseClient;
  rollups: Rollups;
  currencyOf: CurrencyOf;
  registry: Registry;
  background: Background;
  now: () => number;
}): Live {
  const { pool, client, rollups, registry, background, now, currencyOf } = parts;
  const mark = () => readChunkMark(pool);
  const streams = new EventStreams(registry, background);
  const ask = (query: AggregateQuery, tenantId: number) =>
    aggregate(tenantClient(client, tenantId), tenantId, query, rollups, currencyOf);
  const views = new SharedViews({ now, mark, background, ask });
  const feeds = new Map<number, LiveFeed>();
  const feedOf = (tenantId: number): LiveFeed => {
    const known = feeds.get(tenantId);
    if (known) return known;
    const confined = tenantClient(client, tenantId);
    const feed = new LiveFeed({
      now,
      mark,
      background,
      read: (slice) => readLiveClicks(confined, tenantId, slice),
    });
    feeds.set(tenantId, feed);
    return feed;
  };
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
    feedOf,
    stop() {
      views.stop();
      for (const feed of feeds.values()) feed.stop();
      streams.stop();
    },
  };
}
