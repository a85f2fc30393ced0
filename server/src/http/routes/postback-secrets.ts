import type { FastifyInstance } from 'fastify';
import { listPostbacks } from '../../conversions/postback-log.js';
import {
  addPostbackSecret,
  listPostbackSecrets,
  revokePostbackSecret,
} from '../../conversions/postback-secrets.js';
import { serve } from '../server/serve.js';
import type { Services } from '../server/services.js';

/** `/api/v1/postback-secrets` and `GET /api/v1/postbacks`. */
export function registerPostbackSecrets(app: FastifyInstance, { ledgerOf, conversions }: Services): void {
  if (!conversions) return;
  const { secrets } = conversions;

  serve(app, 'GET /api/v1/postbacks', ({ request, caller, query }) =>
    listPostbacks(ledgerOf(request), caller.tenantId, query),
  );

  serve(app, 'GET /api/v1/postback-secrets', async ({ request, caller }) => ({
    data: await listPostbackSecrets(ledgerOf(request), caller.tenantId),
  }));

  serve(app, 'POST /api/v1/postback-secrets', async ({ request, caller, body }) => {
    const { tenantId, actor } = caller;
    const made = await addPostbackSecret(ledgerOf(request), secrets, {
      tenantId,
      actor,
      overlapSeconds: body.overlap_seconds,
    });
    await secrets.refresh();
    return made;
  });

  serve(app, 'DELETE /api/v1/postback-secrets/:secret_id', async ({ request, caller, params }) => {
    const { tenantId, actor } = caller;
    await revokePostbackSecret(ledgerOf(request), { tenantId, actor, secretId: params.secret_id });
    await secrets.refresh();
  });
}
