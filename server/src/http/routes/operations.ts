import type { ReadinessReply } from '@clickledger/contract';
import type { FastifyInstance } from 'fastify';
import { serve } from '../server/serve.js';
import type { Services } from '../server/services.js';

/** `GET /health`, `/health/live` and `/health/ready`, `GET /api/v1/admin/stats` and `GET /metrics`. */
export function registerOperations(app: FastifyInstance, services: Services): void {
  serve(app, 'GET /health', async ({ reply }) => {
    const health = await services.health();
    if (health.services.postgres === 'error') reply.code(503);
    return health;
  });
  // Alive: this process answers. It asks no store: one that is away is no reason to kill a server.
  serve(app, 'GET /health/live', () => ({ status: 'alive' }));
  // Ready: what this process is for can be done now. A balancer sends it nothing otherwise.
  serve(app, 'GET /health/ready', async ({ reply }) => {
    const { postgres, clickhouse } = (await services.health()).services;
    const waitsFor: ReadinessReply['waits_for'] = [];
    if (postgres === 'error') waitsFor.push('postgres');
    // Without analytics clicks are taken all the same; a process that only answers queries can do nothing.
    if (clickhouse === 'error' && !services.ingest) waitsFor.push('clickhouse');
    const isReady = waitsFor.length === 0;
    if (!isReady) reply.code(503);
    return { status: isReady ? 'ready' : 'not_ready', waits_for: waitsFor };
  });
  serve(app, 'GET /api/v1/admin/stats', () => services.stats());
  serve(app, 'GET /metrics', async ({ reply }) =>
    reply.type(services.registry.contentType).send(await services.metrics()),
  );
}
