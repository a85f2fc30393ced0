import {
  HealthReply,
  LivenessReply,
  ReadinessReply,
  RebuildReply,
  ReconciliationReply,
  StatsReply,
} from '../operations.js';
import { type RouteGroup, refused, reply, streamed } from '../route.js';

const notHere = refused('This process does not relay; ask the one that does.');
/** Files and redirects of the reference page, and the dashboard: no data of anybody. */
const file = { access: 'public', isHidden: true } as const;

/** The state of the system, for those who run it. */
export const operationRoutes = {
  'GET /api/v1/admin/stats': {
    access: 'operator_read',
    summary: 'Counts, lag, throughput and queues',
    replies: { 200: reply('Now.', StatsReply) },
  },
  'GET /api/v1/admin/reconciliation': {
    access: 'operator_read',
    summary: 'The ledger held against analytics',
    description:
      'Every chunk is compared after its delivery, and all of them again in a slow sweep. What differs is rebuilt from the ledger.',
    replies: { 200: reply('What was compared and found.', ReconciliationReply) },
  },
  'GET /api/v1/admin/rebuild': {
    access: 'operator_read',
    summary: 'How far a rebuild of analytics is',
    replies: { 200: reply('Now.', RebuildReply), 409: notHere },
  },
  'POST /api/v1/admin/rebuild': {
    access: 'operator',
    summary: 'Rebuild analytics from the ledger',
    description:
      'Clicks come in and queries go on meanwhile; the new tables take the place of the old ones at the end.',
    replies: { 202: reply('It has begun, or is under way.', RebuildReply), 409: notHere },
  },
  'GET /metrics': {
    access: 'operator_read',
    summary: 'Counters and histograms for Prometheus',
    asksNoStore: true,
    replies: { 200: streamed('text/plain', 'The text format of Prometheus.') },
  },
  'GET /health/live': {
    access: 'public',
    summary: 'Whether the process lives',
    description: 'Asks no store. For a supervisor that restarts what does not answer.',
    asksNoStore: true,
    replies: { 200: reply('It answers.', LivenessReply) },
  },
  'GET /health/ready': {
    access: 'public',
    summary: 'Whether to send it requests',
    replies: {
      200: reply('What its roles are for can be done.', ReadinessReply),
      503: reply('Not now, and why.', ReadinessReply),
    },
  },
  'GET /health': {
    access: 'public',
    summary: 'The state of each store',
    replies: {
      200: reply('Ingestion works; degraded when a store is unavailable.', HealthReply),
      503: reply('Ingestion is unavailable.', HealthReply),
    },
  },
  'GET /openapi.json': file,
  'GET /docs': file,
  'GET /docs/': file,
  'GET /docs/json': file,
  'GET /docs/yaml': file,
  'GET /docs/static/*': file,
  'GET /docs/static/index.html': file,
  'GET /docs/static/swagger-initializer.js': file,
  'GET /*': file,
} as const satisfies RouteGroup;
