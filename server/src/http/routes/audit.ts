import { AuditQuery, type AuditReply } from '@clickledger/contract';
import type { FastifyInstance } from 'fastify';
import { callerOf } from '../../accounts/caller.js';
import { listAudit } from '../../audit/audit.js';
import type { Services } from '../server/services.js';

/** `GET /api/v1/admin/audit`. */
export function registerAudit(app: FastifyInstance, { ledgerOf }: Services): void {
  app.get('/api/v1/admin/audit', async (request): Promise<AuditReply> => {
    const query = AuditQuery.parse(request.query);
    return listAudit(ledgerOf(request), callerOf(request).tenantId, query);
  });
}
