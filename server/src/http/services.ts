import type { ClickHouseClient } from '@clickhouse/client';
import type { HealthReply, StatsReply } from '@clickledger/contract';
import type pg from 'pg';
import type { Registry } from 'prom-client';
import type { RulesInForce } from '../fraud/rules-in-force.js';
import type { Ingest } from '../ingest/ingest.js';
import type { IngestMeter } from '../ingest/meter.js';
import type { PrepareClick } from '../ingest/prepare.js';
import type { Live } from '../live/live.js';
import type { Log } from '../log.js';
import type { PrivacySignals } from '../privacy/signals.js';
import type { Rebuild } from '../relay/rebuild.js';
import type { Tracing } from '../tracing/tracing.js';

/** What the routes may use. `ingest` and `analytics` are absent when this process doesn't play the role. */
export interface Services {
  version: string;
  now: () => number;
  log: Log;
  /** Null unless traces are switched on. */
  tracing: Tracing | null;
  pool: pg.Pool;
  registry: Registry;
  ingest: { ingest: Ingest; meter: IngestMeter; prepare: PrepareClick } | null;
  analytics: ClickHouseClient | null;
  /** The same for exports, whose readers may be slow; absent like it. */
  exports: ClickHouseClient | null;
  /** Makes analytics anew; absent when this process doesn't relay. */
  rebuild: Rebuild | null;
  /** What is pushed to dashboards; absent like `analytics`. */
  live: Live | null;
  /** Absent without the role ingest. */
  rulesInForce: RulesInForce | null;
  /** Absent without the role ingest. */
  signals: PrivacySignals | null;
  health: () => Promise<HealthReply>;
  stats: () => Promise<StatsReply>;
}
