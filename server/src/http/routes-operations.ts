import type { FastifyInstance } from 'fastify';
import type { Services } from './services.js';

/** `GET /health`, `GET /api/v1/admin/stats` and `GET /metrics`. */
export function registerOperations(app: FastifyInstance, services: Services): void {
  app.get('/health', async (_request, reply) => {
    const health = await services.health();
    return reply.code(health.services.postgres === 'error' ? 503 : 200).send(health);
  });
  app.get('/api/v1/admin/stats', () => services.stats());
  app.get('/metrics', async (_request, reply) =>
    reply.type(services.registry.contentType).send(await services.registry.metrics()),
  );
}
