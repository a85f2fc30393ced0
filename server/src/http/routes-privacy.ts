import { type EraseReply, UserInput } from '@clickledger/contract';
import type { FastifyInstance } from 'fastify';
import { callerOf } from '../access/caller.js';
import { exportUser } from '../privacy/export.js';
import { eraseUser, StillUnderWay } from '../privacy/forget.js';
import { errorReply } from './errors.js';
import type { Services } from './services.js';

/** `/api/v1/admin/privacy/…`: what is held of one user, and forgetting them. */
export function registerPrivacy(app: FastifyInstance, services: Services): void {
  const { operatorPool, operatorAnalytics, ledgerOf, exportsOf, rebuild, now } = services;
  if (!exportsOf || !operatorAnalytics) return;

  app.post('/api/v1/admin/privacy/export', async (request, reply) => {
    const { user_id: userId } = UserInput.parse(request.body);
    const { tenantId, actor } = callerOf(request);
    const parts = { pool: ledgerOf(request), client: exportsOf(request), now };
    return reply.header('cache-control', 'no-store').send(await exportUser(parts, tenantId, userId, actor));
  });
  app.post('/api/v1/admin/privacy/erase', async (request, reply) => {
    const { user_id: userId } = UserInput.parse(request.body);
    const { tenantId, actor } = callerOf(request);
    // It would bring back what it had read before.
    if (rebuild?.isRunning)
      return reply.code(409).send(errorReply('busy', 'Analytics is being made anew; try again after it.'));
    // Forgetting rewrites clicks, which no request may otherwise: as the owner of both stores, for this caller's tenant.
    const parts = { pool: operatorPool, client: operatorAnalytics, now };
    try {
      return { clicks: await eraseUser(parts, tenantId, userId, actor) } satisfies EraseReply;
    } catch (error) {
      if (!(error instanceof StillUnderWay)) throw error;
      return reply.code(503).header('retry-after', '10').send(errorReply('under_way', error.message));
    }
  });
}
