import type { ClickHouseClient } from '@clickhouse/client';
import type { HealthReply, StatsReply, StoreState } from '@clickledger/contract';
import type pg from 'pg';
import { countAnalytics } from './analytics/counts.js';
import type { Guard } from './guard/guard.js';
import { QUEUE_CLICKS_MAX } from './ingest/admission.js';
import type { Ingest } from './ingest/ingest.js';
import type { IngestMeter } from './ingest/meter.js';
import { countLedger, readBacklog } from './ledger/chunks.js';

/** A store that hasn't answered its check by then counts as away. */
const CHECK_MS_MAX = 2_000;
/** Checks are shared for this long, so that polling dashboards cost one. */
const CACHE_MS = 1_000;

export interface Watched {
  pool: pg.Pool;
  client: ClickHouseClient | null;
  guard: Guard;
  embedded: { postgres: boolean; redis: boolean; clickhouse: boolean };
  ingest: Ingest | null;
  meter: IngestMeter | null;
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

/** Shares one run of `work` among all callers for `CACHE_MS`. */
function shared<T>(now: () => number, work: () => Promise<T>): () => Promise<T> {
  let last: { at: number; value: Promise<T> } | null = null;
  return () => {
    if (!last || now() - last.at > CACHE_MS) last = { at: now(), value: work() };
    return last.value;
  };
}

/** The state of each store, each asked for something real: a query, a real aggregate, a ping. */
export function makeHealth(watched: Watched): () => Promise<HealthReply> {
  const { pool, client, guard, embedded, now } = watched;
  const state = (isWell: boolean, isEmbedded: boolean): StoreState =>
    isWell ? (isEmbedded ? 'embedded' : 'connected') : 'error';
  return shared(now, async () => {
    const [postgres, redis, clickhouse] = await Promise.all([
      within(pool.query('SELECT 1')),
      within(guard.ping()),
      client ? within(countAnalytics(client)) : true,
    ]);
    return {
      status: postgres && redis && clickhouse ? 'healthy' : 'degraded',
      services: {
        postgres: state(postgres, embedded.postgres),
        redis: state(redis, embedded.redis),
        clickhouse: state(clickhouse, embedded.clickhouse),
      },
      timestamp: new Date(now()).toISOString(),
    };
  });
}

/** The figures of `GET /api/v1/admin/stats`. */
export function makeStats(watched: Watched, health: () => Promise<HealthReply>): () => Promise<StatsReply> {
  const { pool, client, ingest, meter, now } = watched;
  const startedAtMs = now();
  return shared(now, async () => {
    const nothing = { clicks: 0, fraudClicks: 0 };
    const [ledger, backlog, analytics, { services }] = await Promise.all([
      countLedger(pool),
      readBacklog(pool),
      // Stats are asked for when something is wrong: a dead engine must not hide the rest.
      client ? countAnalytics(client).catch(() => nothing) : nothing,
      health(),
    ]);
    return {
      version: watched.version,
      uptime_seconds: Math.round((now() - startedAtMs) / 1_000),
      protected_mode: true,
      ledger: { clicks: ledger.clicks, fraud_clicks: ledger.fraudClicks },
      analytics: { clicks: analytics.clicks, fraud_clicks: analytics.fraudClicks },
      lag: { rows: backlog.rows, seconds: backlog.seconds },
      set_aside: backlog.setAside,
      throughput: {
        clicks_per_second: meter?.clicksPerSecond() ?? 0,
        ...(meter?.totals ?? { accepted: 0, duplicates: 0, flagged: 0, refused: 0 }),
      },
      queue: { depth: ingest?.queuedClicks ?? 0, depth_max: ingest?.queueMax ?? QUEUE_CLICKS_MAX },
      stores: services,
    };
  });
}
