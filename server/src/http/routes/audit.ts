import type { FastifyInstance } from 'fastify';
import { listAudit } from '../../audit/audit.js';
import { serve } from '../server/serve.js';
import type { Services } from '../server/services.js';

/** `GET /api/v1/admin/audit`. */
export function registerAudit(app: FastifyInstance, { ledgerOf }: Services): void {
  serve(app, 'GET /api/v1/admin/audit', ({ request, caller, query }) =>
    listAudit(ledgerOf(request), caller.tenantId, query),
  );
}
