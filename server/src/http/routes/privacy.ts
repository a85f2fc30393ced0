import type { FastifyInstance } from 'fastify';
import { exportUser } from '../../privacy/export.js';
import { eraseUser } from '../../privacy/forget.js';
import { serve } from '../server/serve.js';
import type { Services } from '../server/services.js';

/** What a second request of a tenant is told while the first one runs. */
const BUSY = {
  message:
    'A search through all clicks is running for this account, or on this server. Try again when it has ended.',
  retryAfterSeconds: 10,
};

/** `/api/v1/admin/privacy/…`: what is held of one user, and forgetting them. */
export function registerPrivacy(app: FastifyInstance, services: Services): void {
  const { operatorPool, operatorAnalytics, slowPool, slowLedgerOf, slowReads, longReadsOf } = services;
  if (!longReadsOf || !operatorAnalytics) return;

  serve(app, 'POST /api/v1/admin/privacy/export', async ({ request, reply, caller, body }) => {
    const { tenantId, actor } = caller;
    const parts = { pool: slowLedgerOf(request), client: longReadsOf(request) };
    const data = await slowReads.during(tenantId, BUSY, () =>
      exportUser(parts, tenantId, body.user_id, actor),
    );
    reply.header('cache-control', 'no-store');
    return data;
  });
  serve(app, 'POST /api/v1/admin/privacy/erase', async ({ caller: { tenantId, actor }, body }) => {
    // Forgetting rewrites clicks, which no request may otherwise: as the owner of both stores, for this caller's tenant.
    const parts = { pool: operatorPool, slowPool, client: operatorAnalytics };
    return {
      clicks: await slowReads.during(tenantId, BUSY, () => eraseUser(parts, tenantId, body.user_id, actor)),
    };
  });
}
