import type { LivenessReply, ReadinessReply } from '@clickledger/contract';
import type { FastifyInstance } from 'fastify';
import type { Services } from '../server/services.js';

/** `GET /health`, `/health/live` and `/health/ready`, `GET /api/v1/admin/stats` and `GET /metrics`. */
export function registerOperations(app: FastifyInstance, services: Services): void {
  app.get('/health', async (_request, reply) => {
    const health = await services.health();
    return reply.code(health.services.postgres === 'error' ? 503 : 200).send(health);
  });
  // Alive: this process answers. It asks no store: one that is away is no reason to kill a server.
  app.get('/health/live', async () => ({ status: 'alive' }) satisfies LivenessReply);
  // Ready: what this process is for can be done now. A balancer sends it nothing otherwise.
  app.get('/health/ready', async (_request, reply) => {
    const { postgres, clickhouse } = (await services.health()).services;
    const waitsFor: ReadinessReply['waits_for'] = [];
    if (postgres === 'error') waitsFor.push('postgres');
    // Without analytics clicks are taken all the same; a process that only answers queries can do nothing.
    if (clickhouse === 'error' && !services.ingest) waitsFor.push('clickhouse');
    const isReady = waitsFor.length === 0;
    return reply
      .code(isReady ? 200 : 503)
      .send({ status: isReady ? 'ready' : 'not_ready', waits_for: waitsFor } satisfies ReadinessReply);
  });
  app.get('/api/v1/admin/stats', () => services.stats());
  app.get('/metrics', async (_request, reply) =>
    reply.type(services.registry.contentType).send(await services.registry.metrics()),
  );
}
