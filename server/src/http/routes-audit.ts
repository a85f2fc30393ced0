import { AuditQuery, type AuditReply } from '@clickledger/contract';
import type { FastifyInstance } from 'fastify';
import { listAudit } from '../ledger/audit.js';
import { DEFAULT_TENANT_ID, type Services } from './services.js';

/** `GET /api/v1/admin/audit`. */
export function registerAudit(app: FastifyInstance, { pool }: Services): void {
  app.get('/api/v1/admin/audit', async (request): Promise<AuditReply> => {
    const query = AuditQuery.parse(request.query);
    return listAudit(pool, DEFAULT_TENANT_ID, query);
  });
}
