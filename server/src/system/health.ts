import type { ClickHouseClient } from '@clickhouse/client';
import type { HealthReply, StatsReply, StoreState } from '@clickledger/contract';
import type pg from 'pg';
import { KnownMarks } from '../analytics/queries/marks.js';
import { AnalyticsTotals, checkAnalytics } from '../analytics/queries/totals.js';
import { readAnalyticsStorage } from '../analytics/rollups/storage.js';
import type { Restarts } from '../embedded/restarts.js';
import type { Guard } from '../guard/guard.js';
import { QUEUE_CLICKS_MAX } from '../ingest/admission.js';
import type { Ingest } from '../ingest/ingest.js';
import type { IngestMeter } from '../ingest/meter.js';
import { countLedger, readBacklog } from '../ledger/chunks.js';
import { countUnfolded, readMarks } from '../ledger/folds.js';
import { readLastDelivery, readLedgerStorage } from '../ledger/storage.js';
import type { JournalState } from '../links/journal/click-journal.js';
import type { Live } from '../live/live.js';
import type { Relay } from '../relay/relay.js';

/** A store that hasn't answered its check by then counts as away. */
const CHECK_MS_MAX = 2_000;
/** Checks are shared for this long, so that polling dashboards cost one. */
const CACHE_MS = 1_000;
/** Sizes change slowly, and asking for them reads the file system. */
const STORAGE_CACHE_MS = 15_000;

export interface Watched {
  access: { readonly isConfigured: boolean };
  maintenance: { readonly isFailing: boolean };
  pool: pg.Pool;
  client: ClickHouseClient | null;
  guard: Guard;
  relay: Relay | null;
  live: Live | null;
  embedded: { postgres: boolean; redis: boolean; clickhouse: boolean };
  /** Null for a store that is not ours. */
  restarts: { postgres: Restarts | null; clickhouse: Restarts | null };
  ingest: Ingest | null;
  meter: IngestMeter | null;
  journal: { readonly state: JournalState } | null;
  version: string;
  now: () => number;
}

async function within(work: Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), CHECK_MS_MAX);
  });
  try {
    return await Promise.race([work.then(() => true), late]);
  } catch {
    return false;
  } finally {
    clearTimeout(timer);
  }
}

/** Shares one run of `work` among all callers for a while. */
export function shared<T>(now: () => number, work: () => Promise<T>, cacheMs = CACHE_MS): () => Promise<T> {
  let last: { at: number; value: Promise<T> } | null = null;
  return () => {
    if (!last || now() - last.at > cacheMs) last = { at: now(), value: work() };
    return last.value;
  };
}

/** The state of each store, each asked for something real: a query, a real aggregate, a ping. */
export function makeHealth(watched: Watched): () => Promise<HealthReply> {
  const { pool, client, guard, embedded, restarts, maintenance, journal, now } = watched;
  const state = (isWell: boolean, isEmbedded: boolean): StoreState =>
    isWell ? (isEmbedded ? 'embedded' : 'connected') : 'error';
  return shared(now, async () => {
    const [postgres, redis, clickhouse] = await Promise.all([
      within(pool.query('SELECT 1')),
      within(guard.ping()),
      client ? within(checkAnalytics(client, now())) : true,
    ]);
    const crashLooping = (['postgres', 'clickhouse'] as const).filter((name) => restarts[name]?.isLooping);
    const journaled = journal?.state.clicks ?? 0;
    const isWell = postgres && redis && clickhouse && !maintenance.isFailing && journaled === 0;
    return {
      status: isWell ? 'healthy' : 'degraded',
      services: {
        postgres: state(postgres, embedded.postgres),
        redis: state(redis, embedded.redis),
        clickhouse: state(clickhouse, embedded.clickhouse),
      },
      timestamp: new Date(now()).toISOString(),
      crash_looping: crashLooping,
      maintenance_failing: maintenance.isFailing,
      journaled_clicks: journaled,
    };
  });
}

type Storage = StatsReply['storage'];

/** Sizes of both stores; null for one that can't be asked. */
async function readStorage({ pool, client }: Watched): Promise<Storage> {
  const [ledger, analytics] = await Promise.all([
    readLedgerStorage(pool).catch(() => null),
    client ? readAnalyticsStorage(client).catch(() => null) : null,
  ]);
  return {
    ledger_bytes: ledger?.bytes ?? null,
    ledger_partitions: ledger?.partitions ?? null,
    analytics_bytes: analytics?.bytes ?? null,
    analytics_partitions: analytics?.partitions ?? null,
    analytics_parts: analytics?.parts ?? null,
  };
}

/** All clicks in analytics and the time to count them; zeros and null when it can't be asked. */
async function countTimed(totals: AnalyticsTotals | null) {
  const startedAt = performance.now();
  // Stats are asked for when something is wrong: a dead engine must not hide the rest.
  const counts = totals ? await totals.read().catch(() => null) : null;
  const queryMs = counts && Math.round((performance.now() - startedAt) * 100) / 100;
  return { clicks: counts?.clicks ?? 0, fraudClicks: counts?.fraudClicks ?? 0, queryMs };
}

/** The figures of `GET /api/v1/admin/stats`. */
export function makeStats(watched: Watched, health: () => Promise<HealthReply>): () => Promise<StatsReply> {
  const { access, pool, client, ingest, meter, journal, relay, live, now } = watched;
  const startedAtMs = now();
  const totals = client && new AnalyticsTotals(client, new KnownMarks(() => readMarks(pool)));
  const storage = shared(now, () => readStorage(watched), STORAGE_CACHE_MS);
  return shared(now, async () => {
    const [ledger, backlog, unfolded, analytics, { services }, delivery, sizes] = await Promise.all([
      countLedger(pool),
      readBacklog(pool),
      countUnfolded(pool),
      countTimed(totals),
      health(),
      readLastDelivery(pool),
      storage(),
    ]);
    return {
      version: watched.version,
      uptime_seconds: Math.round((now() - startedAtMs) / 1_000),
      protected_mode: !access.isConfigured,
      ledger: { clicks: ledger.clicks, fraud_clicks: ledger.fraudClicks },
      analytics: { clicks: analytics.clicks, fraud_clicks: analytics.fraudClicks },
      lag: { rows: backlog.rows, seconds: backlog.seconds, unfolded_rows: unfolded },
      set_aside: backlog.setAside,
      throughput: {
        clicks_per_second: meter?.clicksPerSecond() ?? 0,
        ...(meter?.totals ?? { accepted: 0, duplicates: 0, flagged: 0, refused: 0 }),
      },
      queue: { depth: ingest?.queuedClicks ?? 0, depth_max: ingest?.queueMax ?? QUEUE_CLICKS_MAX },
      journal: journal?.state ?? null,
      stores: services,
      latency: {
        ingest: meter?.latency.ingest.percentiles() ?? null,
        commit: meter?.latency.commit.percentiles() ?? null,
        guard: meter?.latency.guard.percentiles() ?? null,
      },
      relay: {
        last_error: relay?.lastError ?? null,
        last_chunk_id: delivery.chunkId,
        last_delivered_at: delivery.deliveredAt,
      },
      storage: sizes,
      analytics_query_ms: analytics.queryMs,
      viewers: { streams: live?.streams.size ?? 0, views: live?.views.size ?? 0 },
    };
  });
}
