import { AggregateQuery, AggregateReply } from './analytics.js';
import { BatchInputDocumented, BatchReply, ClickInput, ClickReply } from './clicks.js';
import { LIMITS } from './limits.js';
import { keyPaths, memberPaths } from './openapi-access.js';
import { adminPaths } from './openapi-admin.js';
import { alertPaths } from './openapi-alerts.js';
import { billingPaths } from './openapi-billing.js';
import { entityPaths } from './openapi-entities.js';
import { fraudPaths } from './openapi-fraud.js';
import {
  asServed,
  body,
  conflict,
  invalid,
  type Json,
  keyHeader,
  notHere,
  notJson,
  queryParameters,
  reply,
  reused,
  securitySchemes,
  storeAway,
  streamed,
  tooLarge,
  unavailable,
} from './openapi-parts.js';
import { clickLogOperation, readPaths } from './openapi-reads.js';
import {
  HealthReply,
  LivenessReply,
  ReadinessReply,
  RebuildReply,
  ReconciliationReply,
  StatsReply,
} from './operations.js';

const WHAT_IS_TAKEN =
  'The limit holds for the body as sent and unpacked: gzip, br, deflate and zstd are taken. JSON as text/plain, which ' +
  'navigator.sendBeacon sends, is taken as application/json is. Ids are refused when they are wrong. A field that only describes ' +
  '(country, device_type, os, browser, referrer, user_agent) never refuses a click: it is mapped, cut, or taken as unknown, and ' +
  '`warnings` in the reply names it. docs/inputs.md has the whole table.';

/** The OpenAPI 3.1 document of the public API, made from the schemas that the server checks with. */
export function openApiDocument(version: string): Json {
  return {
    openapi: '3.1.1',
    info: {
      title: 'ClickLedger',
      version,
      license: { name: 'Apache-2.0' },
      description:
        'Ad clicks counted exactly once. Times are ISO 8601; buckets are given in UTC. ' +
        '`unique_users` is approximate (a HyperLogLog sketch, with a standard error of 0.8 %), exact for small sets.',
    },
    components: { securitySchemes },
    paths: asServed({
      '/api/v1/clicks': {
        get: clickLogOperation(),
        post: {
          summary: 'Record a click',
          description: `The reply is sent when the click is on disk. Body at most ${LIMITS.clickBodyBytesMax} bytes; unknown fields are dropped. ${WHAT_IS_TAKEN}`,
          parameters: [keyHeader],
          requestBody: body(ClickInput),
          responses: {
            200: reply('A repeat: the click was counted before.', ClickReply),
            202: reply('A new click, committed.', ClickReply),
            204: { description: 'A prefetch (Sec-Purpose), which is no click: nothing was stored.' },
            400: invalid,
            409: conflict,
            413: tooLarge,
            415: notJson,
            422: reused,
            503: unavailable,
          },
        },
      },
      '/api/v1/clicks/batch': {
        post: {
          summary: 'Record up to 1,000 clicks',
          description: `One result an entry, in order; a wrong entry does not fail the others. Body at most ${LIMITS.batchBodyBytesMax} bytes. ${WHAT_IS_TAKEN}`,
          parameters: [keyHeader],
          requestBody: body(BatchInputDocumented),
          responses: {
            200: reply('The first reply again, under the same Idempotency-Key.', BatchReply),
            202: reply('The valid clicks are committed.', BatchReply),
            400: invalid,
            409: conflict,
            413: tooLarge,
            415: notJson,
            422: reused,
            503: unavailable,
          },
        },
      },
      '/api/v1/analytics/aggregate': {
        get: {
          summary: 'Clicks, unique users and fraud by time and dimension',
          parameters: queryParameters(AggregateQuery),
          responses: { 200: reply('The buckets.', AggregateReply), 400: invalid, 503: storeAway },
        },
      },
      ...entityPaths(),
      ...readPaths(),
      ...fraudPaths(),
      ...alertPaths(),
      ...keyPaths(),
      ...memberPaths(),
      ...adminPaths(),
      ...billingPaths(),
      '/api/v1/admin/stats': {
        get: {
          summary: 'Counts, lag, throughput and queues',
          responses: { 200: reply('Now.', StatsReply), 503: storeAway },
        },
      },
      '/api/v1/admin/reconciliation': {
        get: {
          summary: 'The ledger held against analytics',
          description:
            'Every chunk is compared after its delivery, and all of them again in a slow sweep. What differs is rebuilt from the ledger.',
          responses: { 200: reply('What was compared and found.', ReconciliationReply), 503: storeAway },
        },
      },
      '/api/v1/admin/rebuild': {
        get: {
          summary: 'How far a rebuild of analytics is',
          responses: { 200: reply('Now.', RebuildReply), 409: notHere, 503: storeAway },
        },
        post: {
          summary: 'Rebuild analytics from the ledger',
          description:
            'Clicks come in and queries go on meanwhile; the new tables take the place of the old ones at the end.',
          responses: {
            202: reply('It has begun, or is under way.', RebuildReply),
            409: notHere,
            503: storeAway,
          },
        },
      },
      '/metrics': {
        get: {
          summary: 'Counters and histograms for Prometheus',
          responses: { 200: streamed('text/plain', 'The text format of Prometheus.') },
        },
      },
      '/health/live': {
        get: {
          summary: 'Whether the process lives',
          description: 'Asks no store. For a supervisor that restarts what does not answer.',
          responses: { 200: reply('It answers.', LivenessReply) },
        },
      },
      '/health/ready': {
        get: {
          summary: 'Whether to send it requests',
          responses: {
            200: reply('What its roles are for can be done.', ReadinessReply),
            503: reply('Not now, and why.', ReadinessReply),
          },
        },
      },
      '/health': {
        get: {
          summary: 'The state of each store',
          responses: {
            200: reply('Ingestion works; degraded when a store is unavailable.', HealthReply),
            503: reply('Ingestion is unavailable.', HealthReply),
          },
        },
      },
    }),
  };
}
