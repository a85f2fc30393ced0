import type { ClickHouseClient } from '@clickhouse/client';
import type { HealthReply, StatsReply } from '@clickledger/contract';
import type { FastifyRequest } from 'fastify';
import type pg from 'pg';
import type { Registry } from 'prom-client';
import type { AccessInForce } from '../../accounts/access-in-force.js';
import type { FairQueue } from '../../accounts/fair-queue.js';
import type { Mailer } from '../../accounts/mail.js';
import type { Oidc } from '../../accounts/oidc.js';
import type { Sessions } from '../../accounts/sessions.js';
import type { Rollups } from '../../analytics/queries/rollups.js';
import type { ConversionIntake } from '../../conversions/conversion-intake.js';
import type { ConversionMeter } from '../../conversions/meter.js';
import type { PostbackLog } from '../../conversions/postback-log.js';
import type { PostbackSecrets } from '../../conversions/postback-secrets.js';
import type { Hasher } from '../../enrich/hasher.js';
import type { Impressions } from '../../impressions/impressions.js';
import type { Ingest } from '../../ingest/ingest.js';
import type { IngestMeter } from '../../ingest/meter.js';
import type { PrepareClick } from '../../ingest/prepare.js';
import type { Background } from '../../lib/background.js';
import type { Log } from '../../lib/log.js';
import type { Shares } from '../../lib/shares.js';
import type { TenantFetch } from '../../lib/tenant-fetch.js';
import type { Tracing } from '../../lib/tracing/tracing.js';
import type { ClickJournal } from '../../links/journal/click-journal.js';
import type { LinksInForce } from '../../links/links-in-force.js';
import type { FollowLink } from '../../links/redirect.js';
import type { Live } from '../../live/live.js';
import type { PrivacySignals } from '../../privacy/signals.js';
import type { Rebuild } from '../../relay/rebuild.js';
import type { RulesInForce } from '../../review/rules-in-force.js';

/** What the routes may use. `ingest` and `analyticsOf` are absent when this process doesn't play the role. */
export interface Services {
  version: string;
  now: () => number;
  log: Log;
  /** Owns what no request waits for. */
  background: Background;
  /** The ledger as the tenant of a request's caller sees it: what a route uses. */
  ledgerOf: (request: FastifyRequest) => pg.Pool;
  /** The ledger as the owner of its tables, whom nothing restricts: for what belongs to no tenant, or finds out which. */
  operatorPool: pg.Pool;
  /** Both again, on connections of their own, for what takes minutes. One at a time of each tenant: see `slowReads`. */
  slowPool: pg.Pool;
  slowLedgerOf: (request: FastifyRequest) => pg.Pool;
  /** By tenant. */
  slowReads: Shares<number>;
  /** The one way to a URL that a tenant gave. */
  tenantFetch: TenantFetch;
  /** Null unless traces are switched on. */
  tracing: Tracing | null;
  registry: Registry;
  /** The registry's metrics and the process's own, as `GET /metrics` gives them. */
  metrics: () => Promise<string>;
  ingest: {
    ingest: Ingest;
    meter: IngestMeter;
    prepare: PrepareClick;
    follow: FollowLink;
    links: Pick<LinksInForce, 'refresh'>;
    journal: Pick<ClickJournal, 'state' | 'keep'>;
  } | null;
  /** Absent without the role ingest. */
  conversions: {
    intake: ConversionIntake;
    meter: ConversionMeter;
    secrets: PostbackSecrets;
    log: PostbackLog;
  } | null;
  analyticsOf: ((request: FastifyRequest) => ClickHouseClient) | null;
  /** How far rollups are folded; absent like `analyticsOf`. */
  rollups: Rollups | null;
  /** The same, over connections of their own, for what may take half a minute or has a slow reader; absent like it. */
  longReadsOf: ((request: FastifyRequest) => ClickHouseClient) | null;
  /** Analytics with every tenant's rows, and written to: for forgetting alone. Absent like `longReadsOf`. */
  operatorAnalytics: ClickHouseClient | null;
  /** Rebuilds analytics; absent when this process doesn't relay. */
  rebuild: Rebuild | null;
  /** What is pushed to dashboards; absent like `analyticsOf`. */
  live: Live | null;
  /** Absent without the role ingest. */
  rulesInForce: RulesInForce | null;
  /** The hash that an address is stored as. */
  hasher: Pick<Hasher, 'ipHash'>;
  /** Keys in force, and whether access is configured. */
  access: AccessInForce;
  sessions: Sessions;
  /** In which passwords are hashed. */
  hashing: FairQueue;
  /** What the commands on this machine send; from DATA_DIR. */
  operatorToken: string;
  /** Null: this server sends no mail. */
  mailer: Mailer | null;
  /** Null: signing in elsewhere is not configured. */
  oidc: Oidc | null;
  /** Where people reach the dashboard, without a slash at the end; null: not told. */
  publicUrl: string | null;
  /** Absent without the role ingest. */
  signals: PrivacySignals | null;
  /** Absent without the role ingest. */
  impressions: Impressions | null;
  health: () => Promise<HealthReply>;
  stats: () => Promise<StatsReply>;
}
