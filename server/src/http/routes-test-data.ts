import type { FastifyInstance } from 'fastify';
import { callerOf } from '../access/caller.js';
import { deleteTestData } from '../ledger/test-data.js';
import type { Services } from './services.js';

/** `DELETE /api/v1/test-data`. On other nodes it is in force within 5 s. */
export function registerTestData(app: FastifyInstance, services: Services): void {
  const { operatorPool, access, rulesInForce, signals } = services;
  app.delete('/api/v1/test-data', async (request, reply) => {
    const { tenantId, actor } = callerOf(request);
    await deleteTestData(operatorPool, tenantId, actor);
    await Promise.all([access.refresh(), rulesInForce?.refresh(), signals?.refresh()]);
    return reply.code(204).send();
  });
}
