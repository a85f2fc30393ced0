import { z } from 'zod';

/** `embedded`: started by us and well. `connected`: a server by URL. */
export const StoreState = z.enum(['connected', 'embedded', 'error']);
export type StoreState = z.infer<typeof StoreState>;

/** `GET /health`: 200, or 503 when ingestion can't work. */
export const HealthReply = z.object({
  status: z.enum(['healthy', 'degraded']),
  services: z.object({ postgres: StoreState, redis: StoreState, clickhouse: StoreState }),
  timestamp: z.iso.datetime(),
  /** Embedded stores that ended by themselves several times within minutes; they are started again ever more rarely. */
  crash_looping: z.array(z.enum(['postgres', 'clickhouse'])),
  /** The ledger's maintenance (partitions, retention) failed the last time; it is tried again every 10 s. */
  maintenance_failing: z.boolean(),
  /** Clicks of redirects that were answered and are not in the ledger yet: they wait on this process's disk. */
  journaled_clicks: z.int(),
});
export type HealthReply = z.infer<typeof HealthReply>;

/** `GET /health/live`: 200 as long as the process answers at all. */
export const LivenessReply = z.object({ status: z.literal('alive') });
export type LivenessReply = z.infer<typeof LivenessReply>;

/** `GET /health/ready`: 200 when this process can do what its roles are for, else 503 with what it waits for. */
export const ReadinessReply = z.object({
  status: z.enum(['ready', 'not_ready']),
  waits_for: z.array(z.enum(['postgres', 'clickhouse'])),
});
export type ReadinessReply = z.infer<typeof ReadinessReply>;

const Percentiles = z.object({ p50_ms: z.number(), p99_ms: z.number(), count: z.int() }).nullable();

/** `GET /api/v1/admin/stats`: the state of the click path at this moment. */
export const StatsReply = z.object({
  version: z.string(),
  uptime_seconds: z.number(),
  /** True while no access is configured and the server listens on loopback only. */
  protected_mode: z.boolean(),
  ledger: z.object({ clicks: z.int(), fraud_clicks: z.int() }),
  analytics: z.object({ clicks: z.int(), fraud_clicks: z.int() }),
  lag: z.object({
    /** Clicks committed to the ledger and not yet in analytics. */
    rows: z.int(),
    /** Age of the oldest of them, in seconds; 0 when there is none. */
    seconds: z.number(),
    /** Clicks and adjustments in analytics that are not folded into every rollup: queries read them one by one. */
    unfolded_rows: z.int(),
  }),
  /** Rows that the engine refused: dead letters, kept for replay. */
  set_aside: z.int(),
  throughput: z.object({
    /** Clicks accepted by this process a second, mean of the last 10 seconds. */
    clicks_per_second: z.number(),
    accepted: z.int(),
    duplicates: z.int(),
    flagged: z.int(),
    refused: z.int(),
  }),
  queue: z.object({ depth: z.int(), depth_max: z.int() }),
  /** Clicks of redirects that were not committed in time, on this process's disk; null: it follows no links. */
  journal: z
    .object({
      /** Not in the ledger yet. */
      clicks: z.int(),
      bytes: z.int(),
      bytes_max: z.int(),
      /** Since the start: written to it, brought to the ledger from it, and lost. */
      written: z.int(),
      replayed: z.int(),
      lost: z.int(),
    })
    .nullable(),
  stores: HealthReply.shape.services,
  /** Times of this process over the last minute, in milliseconds; null when nothing was measured. */
  latency: z.object({
    /** From a request's arrival at the queue to its commit. */
    ingest: Percentiles,
    /** Of a commit in the ledger. */
    commit: Percentiles,
    /** Of a look-up in the guard. */
    guard: Percentiles,
  }),
  relay: z.object({
    /** What its last try failed with, in this process; null when it went well or runs elsewhere. */
    last_error: z.string().nullable(),
    last_chunk_id: z.int().nullable(),
    last_delivered_at: z.iso.datetime().nullable(),
  }),
  storage: z.object({
    /** Size of the ledger's database; null when it can't be asked. */
    ledger_bytes: z.int().nullable(),
    /** Days of clicks that the ledger holds, as partitions; days made ahead included. */
    ledger_partitions: z.int().nullable(),
    analytics_bytes: z.int().nullable(),
    analytics_partitions: z.int().nullable(),
    /** Active parts of all tables; merges keep them few. */
    analytics_parts: z.int().nullable(),
  }),
  /** Time of the health check's aggregate in analytics; null when it failed. */
  analytics_query_ms: z.number().nullable(),
  /** Open event streams of this process, and the distinct queries that they share. */
  viewers: z.object({ streams: z.int(), views: z.int() }),
});
export type StatsReply = z.infer<typeof StatsReply>;

const Counts = z.object({ clicks: z.int(), fraud_clicks: z.int() });

/** `GET /api/v1/admin/reconciliation`: the ledger held against analytics. */
export const ReconciliationReply = z.object({
  /** Chunks that were compared at least once. */
  checked_chunks: z.int(),
  /** Delivered chunks that were not compared yet. */
  unchecked_chunks: z.int(),
  last_checked_at: z.iso.datetime().nullable(),
  /** Differences ever found, and those of them not repaired. */
  differences_found: z.int(),
  differences_open: z.int(),
  /** The newest differences: one tenant, one minute (or the hour or day of a rollup) of the clicks' own time. */
  recent: z.array(
    z.object({
      /** The analytics table; for a rollup also its grouping. */
      place: z.string(),
      tenant_id: z.int(),
      minute: z.iso.datetime(),
      /** What it should have. */
      expected: Counts,
      found: Counts,
      /** The numbers are the same, the clicks are others. */
      ids_differ: z.boolean(),
      found_at: z.iso.datetime(),
      repaired_at: z.iso.datetime().nullable(),
    }),
  ),
});
export type ReconciliationReply = z.infer<typeof ReconciliationReply>;

/** `GET` and `POST /api/v1/admin/rebuild`: analytics rebuilt from the ledger. */
export const RebuildReply = z.object({
  state: z.enum(['idle', 'loading', 'finishing', 'done', 'failed']),
  /** Months that are rebuilt, such as 202511; null for all. */
  months: z.array(z.int()).nullable(),
  /** Months that were rebuilt, when it is done. */
  months_exchanged: z.array(z.int()),
  /** Months that stayed as they were: retention has dropped clicks of them from the ledger. */
  months_kept: z.array(z.int()),
  clicks_done: z.int(),
  clicks_total: z.int(),
  seconds: z.number(),
  error: z.string().nullable(),
});
export type RebuildReply = z.infer<typeof RebuildReply>;
