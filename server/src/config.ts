import { hostname } from 'node:os';
import { resolve } from 'node:path';
import { LIMITS } from '@clickledger/contract';
import { z } from 'zod';
import type { OidcOptions } from './accounts/oidc.js';
import { openDatacenterLookup } from './enrich/datacenter.js';
import { wantsTraces } from './lib/tracing/tracing.js';
import { trustOf } from './lib/trusted-proxies.js';

export const ROLES = ['ingest', 'relay', 'query'] as const;
export type Role = (typeof ROLES)[number];

const url = (...protocols: string[]) =>
  z
    .string()
    .refine(
      (text) => URL.canParse(text) && protocols.includes(new URL(text).protocol),
      `Expected a URL that starts with ${protocols.map((name) => `${name}//`).join(' or ')}`,
    )
    .optional();

/** Addresses and CIDR ranges, comma-separated. */
const addressRanges = () =>
  z
    .string()
    .default('')
    .transform((list) =>
      list
        .split(',')
        .map((name) => name.trim())
        .filter((name) => name !== ''),
    )
    .superRefine((ranges, context) => {
      try {
        trustOf(ranges);
      } catch (error) {
        context.addIssue({ code: 'custom', message: (error as Error).message });
      }
    });

/** Every setting, with its default. Names are the environment's. docs/settings.md has a line for each; a test compares them. */
export const Settings = z.object({
  /**
   * Address to listen on. Protected mode (see docs/security.md): while no access is configured, only loopback addresses
   * are accepted, because the server is open to whoever reaches it. main.ts checks it: the ledger knows.
   */
  HOST: z.string().min(1).default('127.0.0.1'),
  PORT: z.coerce.number('Expected a port number').int().min(0).max(65_535).default(3_000),
  /** Where the embedded stores and the secrets live. */
  DATA_DIR: z.string().min(1).default('./data'),
  DATABASE_URL: url('postgres:', 'postgresql:'),
  REDIS_URL: url('redis:', 'rediss:', 'redis-cluster:'),
  CLICKHOUSE_URL: url('http:', 'https:'),
  /** The ledger as a ClickHouse server reaches it, when that differs from DATABASE_URL. */
  LEDGER_URL_FOR_CLICKHOUSE: url('postgres:', 'postgresql:'),
  ROLES: z
    .string()
    .default(ROLES.join(','))
    .transform((list) => list.split(',').map((name) => name.trim()))
    .pipe(z.array(z.enum(ROLES, `Expected a list of ${ROLES.join(', ')}`)).min(1)),
  /** How long a repeated click id is surely known, in days. */
  DEDUP_WINDOW_DAYS: z.coerce.number('Expected a number of days').int().min(1).max(90).default(7),
  /** How long the ledger keeps clicks after it received them, in days; analytics keeps its raw clicks some weeks longer. */
  RETENTION_DAYS: z.coerce
    .number('Expected a number of days')
    .int()
    .min(LIMITS.retentionDaysMin)
    .max(3_650)
    .default(400),
  /**
   * When clicks are folded into rollups: so many of them wait, or the oldest has waited so many seconds. Until then queries read them one by one.
   */
  FOLD_CLICKS: z.coerce.number('Expected a number of clicks').int().min(1).max(250_000).default(100_000),
  FOLD_SECONDS: z.coerce.number('Expected a number of seconds').int().min(1).max(3_600).default(60),
  /** How long the redirect of a link waits for its click's commit, in milliseconds, before the click goes to the journal. */
  REDIRECT_WAIT_MS: z.coerce.number('Expected a number of milliseconds').int().min(0).max(5_000).default(50),
  /** Largest size of the journal of clicks in DATA_DIR, in MiB. */
  JOURNAL_MB: z.coerce.number('Expected a number of MiB').int().min(1).max(65_536).default(256),
  /** Proxies whose X-Forwarded-For is believed: addresses and CIDR ranges, comma-separated. None by default. */
  TRUSTED_PROXIES: addressRanges(),
  /** Addresses and CIDR ranges that webhooks may be sent to although they are not public, comma-separated. None by default. */
  WEBHOOK_PRIVATE_RANGES: addressRanges(),
  /** A file of data-centre address ranges, one a line, for the rule datacenter_ip; without it the rule does not run. */
  DATACENTER_RANGES: z
    .string()
    .optional()
    .superRefine((path, context) => {
      try {
        openDatacenterLookup(path);
      } catch (error) {
        context.addIssue({ code: 'custom', message: (error as Error).message });
      }
    }),
  /** Key of the address hashes, at least 32 characters; made at the first start and kept in DATA_DIR if absent. */
  HASH_SECRET: z.string().min(32, 'At least 32 characters').optional(),
  /** Where people reach the dashboard, for links in mail and the way back from a provider: `https://clicks.example`. */
  PUBLIC_URL: url('http:', 'https:').transform((text) => text && new URL(text).origin),
  /** A mail server, for invitations and password resets: `smtps://user:password@mail.example:465`. */
  SMTP_URL: url('smtp:', 'smtps:'),
  MAIL_FROM: z.string().min(3).max(320).optional(),
  /** Signing in by OpenID Connect; all three or none. */
  OIDC_ISSUER: url('http:', 'https:'),
  OIDC_CLIENT_ID: z.string().optional(),
  OIDC_CLIENT_SECRET: z.string().optional(),
  /** What the button says: `Sign in with …`. */
  OIDC_NAME: z.string().max(40).default('OpenID Connect'),
  /** What the commands show a server that is elsewhere. */
  CLICKLEDGER_API_KEY: z.string().optional(),
  /** How long a start waits for stores given by URL, in seconds. */
  START_WAIT_SECONDS: z.coerce.number('Expected a number of seconds').int().min(0).max(3_600).default(60),
  /** OpenTelemetry's own variables; `wantsTraces` says which switch traces on. Its SDK reads these and the rest of them itself. */
  OTEL_SDK_DISABLED: z.string().optional(),
  OTEL_TRACES_EXPORTER: z.enum(['otlp', 'none'], 'Only otlp or none').optional(),
  OTEL_EXPORTER_OTLP_ENDPOINT: url('http:', 'https:'),
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: url('http:', 'https:'),
  OTEL_EXPORTER_OTLP_PROTOCOL: z
    .enum(['http/protobuf', 'http/json'], 'Only http/protobuf or http/json')
    .optional(),
  OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: z
    .enum(['http/protobuf', 'http/json'], 'Only http/protobuf or http/json')
    .optional(),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
  /** Name of this process among several; must be unique. */
  NODE_NAME: z
    .string()
    .regex(/^[\w.-]{1,64}$/, 'Letters, digits, dots, dashes and underscores, at most 64')
    .default(
      `${hostname()
        .replace(/[^\w.-]/g, '-')
        .slice(0, 40)}-${process.pid}`,
    ),
});

/** What belongs together is there together. */
const Checked = Settings.superRefine((settings, context) => {
  const needs = (path: keyof typeof settings, why: string) => {
    if (settings[path] === undefined) context.addIssue({ code: 'custom', path: [path], message: why });
  };
  if (settings.SMTP_URL !== undefined) {
    needs('MAIL_FROM', 'Needed with SMTP_URL: whom mail is from');
    needs('PUBLIC_URL', 'Needed with SMTP_URL: what links in mail point to');
  }
  if (settings.OIDC_ISSUER !== undefined) {
    needs('OIDC_CLIENT_ID', 'Needed with OIDC_ISSUER');
    needs('OIDC_CLIENT_SECRET', 'Needed with OIDC_ISSUER');
    needs('PUBLIC_URL', 'Needed with OIDC_ISSUER: where people come back to');
  }
});

export interface Config {
  host: string;
  port: number;
  /** Absolute. */
  dataDir: string;
  databaseUrl: string | undefined;
  redisUrl: string | undefined;
  clickhouseUrl: string | undefined;
  ledgerUrlForClickhouse: string | undefined;
  roles: ReadonlySet<Role>;
  dedupWindowDays: number;
  retentionDays: number;
  /** When clicks are folded into rollups. */
  fold: { clicks: number; seconds: number };
  redirectWaitMs: number;
  journalBytesMax: number;
  trustedProxies: string[];
  webhookPrivateRanges: string[];
  datacenterRanges: string | undefined;
  hashSecret: string | undefined;
  publicUrl: string | undefined;
  smtp: { url: string; from: string } | null;
  oidc: OidcOptions | null;
  apiKey: string | undefined;
  /** How long a start waits for stores given by URL. */
  startWaitSeconds: number;
  /** Null: no traces. */
  traces: { protocol: 'http/protobuf' | 'http/json' } | null;
  logLevel: string;
  nodeName: string;
}

/** A setting is wrong. The message names it and says what was expected. */
export class ConfigError extends Error {
  override name = 'ConfigError';
}

/** Reads and checks the settings once. An empty variable counts as absent. Throws `ConfigError`. */
export function readConfig(env: Record<string, string | undefined>): Config {
  const given = Object.fromEntries(
    Object.entries(env).filter(([, value]) => value !== undefined && value !== ''),
  );
  const parsed = Checked.safeParse(given);
  if (!parsed.success) {
    const lines = parsed.error.issues.map((issue) => `  ${issue.path.join('.')}: ${issue.message}`);
    throw new ConfigError(`Wrong settings:\n${lines.join('\n')}`);
  }
  const settings = parsed.data;
  return {
    host: settings.HOST,
    port: settings.PORT,
    dataDir: resolve(settings.DATA_DIR),
    databaseUrl: settings.DATABASE_URL,
    redisUrl: settings.REDIS_URL,
    clickhouseUrl: settings.CLICKHOUSE_URL,
    ledgerUrlForClickhouse: settings.LEDGER_URL_FOR_CLICKHOUSE,
    roles: new Set(settings.ROLES),
    dedupWindowDays: settings.DEDUP_WINDOW_DAYS,
    retentionDays: settings.RETENTION_DAYS,
    fold: { clicks: settings.FOLD_CLICKS, seconds: settings.FOLD_SECONDS },
    redirectWaitMs: settings.REDIRECT_WAIT_MS,
    journalBytesMax: settings.JOURNAL_MB * 1_048_576,
    trustedProxies: settings.TRUSTED_PROXIES,
    webhookPrivateRanges: settings.WEBHOOK_PRIVATE_RANGES,
    datacenterRanges: settings.DATACENTER_RANGES,
    hashSecret: settings.HASH_SECRET,
    publicUrl: settings.PUBLIC_URL,
    smtp: settings.SMTP_URL === undefined ? null : { url: settings.SMTP_URL, from: settings.MAIL_FROM ?? '' },
    oidc:
      settings.OIDC_ISSUER === undefined
        ? null
        : {
            issuer: settings.OIDC_ISSUER,
            clientId: settings.OIDC_CLIENT_ID ?? '',
            clientSecret: settings.OIDC_CLIENT_SECRET ?? '',
            name: settings.OIDC_NAME,
            redirectUrl: `${settings.PUBLIC_URL}/api/v1/auth/oidc/callback`,
          },
    apiKey: settings.CLICKLEDGER_API_KEY,
    startWaitSeconds: settings.START_WAIT_SECONDS,
    traces: wantsTraces(settings)
      ? {
          protocol:
            settings.OTEL_EXPORTER_OTLP_TRACES_PROTOCOL ??
            settings.OTEL_EXPORTER_OTLP_PROTOCOL ??
            'http/protobuf',
        }
      : null,
    logLevel: settings.LOG_LEVEL,
    nodeName: settings.NODE_NAME,
  };
}
