import { z } from 'zod';

/** `embedded`: started by us and well. `connected`: a server by URL. */
export const StoreState = z.enum(['connected', 'embedded', 'error']);
export type StoreState = z.infer<typeof StoreState>;

/** `GET /health`: 200, or 503 when ingestion can't work. */
export const HealthReply = z.object({
  status: z.enum(['healthy', 'degraded']),
  services: z.object({ postgres: StoreState, redis: StoreState, clickhouse: StoreState }),
  timestamp: z.iso.datetime(),
});
export type HealthReply = z.infer<typeof HealthReply>;

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
  }),
  /** Rows the engine refused, set aside for replay. */
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
  stores: HealthReply.shape.services,
});
export type StatsReply = z.infer<typeof StatsReply>;
