import { randomBytes } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { listAlerts, readWebhookUrl, setWebhook } from '../../alerts/alerts-table.js';
import { serve } from '../server/serve.js';
import type { Services } from '../server/services.js';

const SECRET_BYTES = 32;

/** `/api/v1/alerts` and where they are sent. */
export function registerAlerts(app: FastifyInstance, { ledgerOf, tenantFetch }: Services): void {
  serve(app, 'GET /api/v1/alerts', async ({ request, caller, query }) => ({
    data: await listAlerts(ledgerOf(request), caller.tenantId, query.limit),
  }));
  serve(app, 'GET /api/v1/alerts/webhook', async ({ request, caller }) => ({
    url: await readWebhookUrl(ledgerOf(request), caller.tenantId),
    secret: null,
  }));
  serve(app, 'PUT /api/v1/alerts/webhook', async ({ request, caller, body: { url } }) => {
    // Refused now: every delivery would be.
    if (url !== null) await tenantFetch.check(new URL(url));
    const secret = randomBytes(SECRET_BYTES).toString('base64url');
    await setWebhook(ledgerOf(request), caller.tenantId, { url, secret, changedBy: caller.actor });
    return { url, secret: url === null ? null : secret };
  });
}
