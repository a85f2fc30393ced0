import { LIMITS } from '@clickledger/contract';
import type { FastifyInstance } from 'fastify';
import { type Caller, DEFAULT_TENANT_ID } from '../../accounts/caller.js';
import { ImportNotes } from '../../audit/import-notes.js';
import { clicksOf, ImportBatch, ImportEnd, toImportReply } from '../../ingest/import-wire.js';
import { findTenant, hasTenant } from '../../ledger/entities.js';
import { Invalid, NotFound, Told } from '../../lib/told.js';
import { bodyOf } from '../server/click-reply.js';
import { namingFields } from '../server/errors.js';
import { serve } from '../server/serve.js';
import type { Services } from '../server/services.js';
import { registerConversionImport } from './import-conversions.js';

const NO_TENANT = 'There is no such tenant.';

/**
 * For `npm run import` (scope admin): `POST /api/v1/admin/import` takes a batch through the same guard, rules and
 * ledger as any click, `POST …/import/end` says that a file was read to its end; `GET /api/v1/admin/tenants/:slug` finds the tenant's id.
 */
export function registerImports(app: FastifyInstance, services: Services): void {
  const { ingest } = services.ingest ?? {};
  if (!ingest) return;

  serve(app, 'GET /api/v1/admin/tenants/:slug', async ({ reply, caller, params: { slug } }) => {
    const tenantId = await findTenant(services.operatorPool, slug);
    const { tenantId: own } = caller;
    // Nobody learns which other tenants there are; the operator knows them.
    if (tenantId === null || (tenantId !== own && own !== DEFAULT_TENANT_ID)) throw new NotFound(NO_TENANT);
    return reply.send({ tenant_id: tenantId });
  });

  /** The operator imports for any tenant, everybody else for their own. */
  async function checkTenant(caller: Caller, tenantId: number): Promise<void> {
    if (tenantId === caller.tenantId) return;
    if (caller.tenantId !== DEFAULT_TENANT_ID)
      throw new Told(403, 'forbidden', 'These clicks are of another tenant.');
    if (!(await hasTenant(services.operatorPool, tenantId))) throw new NotFound(NO_TENANT);
  }

  const notes = new ImportNotes(services.operatorPool, services.now);
  serve(
    app,
    'POST /api/v1/admin/import',
    { bodyLimit: LIMITS.batchBodyBytesMax },
    async ({ request, reply, caller }) => {
      const parsed = ImportBatch.safeParse(request.body);
      if (!parsed.success) return reply.code(400).send(namingFields(parsed.error));
      const { tenantId, file, columns } = parsed.data;
      await checkTenant(caller, tenantId);
      const latestMs = services.now() + LIMITS.clockSkewMsMax;
      if (columns.clickedAtMs.some((atMs) => atMs > latestMs))
        throw new Invalid('Lies in the future', 'columns.clickedAtMs');
      await notes.note({ tenantId, actor: caller.actor, file });
      const answer = await ingest.submit({ tenantId, idempotency: null, clicks: clicksOf(parsed.data) });
      const body = bodyOf(answer, (outcomes) => JSON.stringify(toImportReply(outcomes)));
      return reply.code(202).type('application/json; charset=utf-8').send(body);
    },
  );

  registerConversionImport(app, services, { notes, checkTenant });

  serve(app, 'POST /api/v1/admin/import/end', async ({ request, reply, caller }) => {
    const { tenantId, file, ...counts } = ImportEnd.parse(request.body);
    await checkTenant(caller, tenantId);
    await notes.end({ tenantId, actor: caller.actor, file }, counts);
    return reply.code(204).send();
  });
}
