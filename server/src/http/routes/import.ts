import { LIMITS } from '@clickledger/contract';
import type { FastifyInstance } from 'fastify';
import { type Caller, callerOf, DEFAULT_TENANT_ID } from '../../accounts/caller.js';
import { ImportNotes } from '../../audit/import-notes.js';
import { clicksOf, ImportBatch, ImportEnd, toImportReply } from '../../ingest/import-wire.js';
import { findTenant, hasTenant } from '../../ledger/entities.js';
import { bodyOf } from '../server/click-reply.js';
import { errorReply, namingFields } from '../server/errors.js';
import type { Services } from '../server/services.js';

/**
 * For `npm run import` (scope admin): `POST /api/v1/admin/import` takes a batch through the same guard, rules and
 * ledger as any click, `POST …/import/end` says that a file was read to its end; `GET /api/v1/admin/tenants/:slug` finds the tenant's id.
 */
export function registerImports(app: FastifyInstance, services: Services): void {
  const { ingest } = services.ingest ?? {};
  if (!ingest) return;

  app.get<{ Params: { slug: string } }>('/api/v1/admin/tenants/:slug', async (request, reply) => {
    const tenantId = await findTenant(services.operatorPool, request.params.slug);
    const { tenantId: own } = callerOf(request);
    // Nobody learns which other tenants there are; the operator knows them.
    if (tenantId === null || (tenantId !== own && own !== DEFAULT_TENANT_ID))
      return reply.code(404).send(errorReply('not_found', 'There is no such tenant.'));
    return { tenant_id: tenantId };
  });

  /** The operator imports for any tenant, everybody else for their own. */
  async function refusedFor(caller: Caller, tenantId: number) {
    if (tenantId === caller.tenantId) return null;
    if (caller.tenantId !== DEFAULT_TENANT_ID)
      return { status: 403, body: errorReply('forbidden', 'These clicks are of another tenant.') };
    if (await hasTenant(services.operatorPool, tenantId)) return null;
    return { status: 404, body: errorReply('not_found', 'There is no such tenant.') };
  }

  const notes = new ImportNotes(services.operatorPool, services.now);
  app.post('/api/v1/admin/import', { bodyLimit: LIMITS.batchBodyBytesMax }, async (request, reply) => {
    const parsed = ImportBatch.safeParse(request.body);
    if (!parsed.success) return reply.code(400).send(namingFields(parsed.error));
    const { tenantId, file, columns } = parsed.data;
    const refused = await refusedFor(callerOf(request), tenantId);
    if (refused) return reply.code(refused.status).send(refused.body);
    const latestMs = services.now() + LIMITS.clockSkewMsMax;
    if (columns.clickedAtMs.some((atMs) => atMs > latestMs))
      return reply
        .code(400)
        .send({ error: { formErrors: [], fieldErrors: { 'columns.clickedAtMs': ['Lies in the future'] } } });
    await notes.note({ tenantId, actor: callerOf(request).actor, file });
    const answer = await ingest.submit({ tenantId, idempotency: null, clicks: clicksOf(parsed.data) });
    const body = bodyOf(answer, (outcomes) => JSON.stringify(toImportReply(outcomes)));
    return reply.code(202).type('application/json; charset=utf-8').send(body);
  });

  app.post('/api/v1/admin/import/end', async (request, reply) => {
    const { tenantId, file, ...counts } = ImportEnd.parse(request.body);
    const refused = await refusedFor(callerOf(request), tenantId);
    if (refused) return reply.code(refused.status).send(refused.body);
    await notes.end({ tenantId, actor: callerOf(request).actor, file }, counts);
    return reply.code(204).send();
  });
}
