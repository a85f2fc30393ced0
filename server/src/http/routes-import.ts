import { DEVICE_TYPES, LIMITS, NO_CONTROL } from '@clickledger/contract';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { callerOf, DEFAULT_TENANT_ID } from '../access/caller.js';
import { ClickFacts, NO_FACTS } from '../fraud/facts.js';
import { findTenant } from '../ledger/entities.js';
import { ImportNotes } from '../ledger/import-notes.js';
import { errorReply, formError } from './errors.js';
import type { Services } from './services.js';

const text = (lengthMax: number) => z.string().max(lengthMax);
const id = () => text(LIMITS.idLengthMax).min(1);

/** Clicks that the import command has read, checked and hashed already; their times may be of any age. */
const ImportBatch = z.object({
  /** Name of the file, for the audit log. */
  file: text(LIMITS.idLengthMax).regex(NO_CONTROL).default('(not named)'),
  clicks: z
    .array(
      z.object({
        tenantId: z.int().positive(),
        clickId: z.uuid(),
        mayRepeat: z.boolean(),
        adId: id(),
        campaignId: id(),
        advertiserId: id(),
        userId: id().nullable(),
        ipHash: z
          .string()
          .regex(/^[0-9a-f]{32}$/)
          .nullable(),
        visitorKey: z.string().regex(/^[0-9a-f]{16}$/),
        clickedAtMs: z
          .int()
          .min(0)
          .max(Date.UTC(2100, 0, 1)),
        country: z.string().regex(/^([A-Z]{2})?$/),
        deviceType: z.enum([...DEVICE_TYPES, '']),
        os: text(LIMITS.labelLengthMax),
        browser: text(LIMITS.labelLengthMax),
        userAgent: text(LIMITS.userAgentLengthMax),
        referrer: text(LIMITS.referrerLengthMax),
        facts: ClickFacts.default(NO_FACTS),
      }),
    )
    .min(1)
    .max(LIMITS.batchClicksMax),
});

/**
 * For `npm run import` (scope admin): `POST /api/v1/admin/import` takes a batch through the same guard, rules and
 * ledger as any click; `GET /api/v1/admin/tenants/:slug` finds the tenant's id.
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

  const notes = new ImportNotes(services.operatorPool, services.now);
  app.post('/api/v1/admin/import', { bodyLimit: LIMITS.batchBodyBytesMax }, async (request, reply) => {
    const { clicks, file } = ImportBatch.parse(request.body);
    const caller = callerOf(request);
    const tenantId = clicks[0]?.tenantId ?? 0;
    // The operator imports for any tenant, everybody else for their own; one batch is one tenant's.
    if (clicks.some((click) => click.tenantId !== tenantId))
      return reply.code(400).send(formError('The clicks are of more than one tenant.'));
    if (tenantId !== caller.tenantId && caller.tenantId !== DEFAULT_TENANT_ID)
      return reply.code(403).send(errorReply('forbidden', 'These clicks are of another tenant.'));
    const latestMs = services.now() + LIMITS.clockSkewMsMax;
    if (clicks.some(({ clickedAtMs }) => clickedAtMs > latestMs))
      return reply.code(400).send(formError('A click lies in the future.'));
    await notes.note({ tenantId, actor: caller.actor, file });
    const answer = await ingest.submit({
      tenantId,
      idempotency: null,
      clicks,
      reply: (outcomes) => JSON.stringify(outcomes),
    });
    return reply.code(202).type('application/json; charset=utf-8').send(answer.body);
  });
}
