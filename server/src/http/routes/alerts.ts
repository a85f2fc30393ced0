import { randomBytes } from 'node:crypto';
import { AlertsQuery, type AlertsReply, WebhookInput, type WebhookReply } from '@clickledger/contract';
import type { FastifyInstance } from 'fastify';
import { callerOf } from '../../accounts/caller.js';
import { listAlerts, readWebhookUrl, setWebhook } from '../../alerts/alerts-table.js';
import type { Services } from '../server/services.js';

const SECRET_BYTES = 32;

/** `/api/v1/alerts` and where they are sent. */
export function registerAlerts(app: FastifyInstance, { ledgerOf, tenantFetch }: Services): void {
  app.get('/api/v1/alerts', async (request): Promise<AlertsReply> => {
    const { limit } = AlertsQuery.parse(request.query);
    return { data: await listAlerts(ledgerOf(request), callerOf(request).tenantId, limit) };
  });
  app.get(
    '/api/v1/alerts/webhook',
    async (request): Promise<WebhookReply> => ({
      url: await readWebhookUrl(ledgerOf(request), callerOf(request).tenantId),
      secret: null,
    }),
  );
  app.put('/api/v1/alerts/webhook', async (request): Promise<WebhookReply> => {
    const { tenantId, actor } = callerOf(request);
    const { url } = WebhookInput.parse(request.body);
    // Refused now: every delivery would be.
    if (url !== null) await tenantFetch.check(new URL(url));
    const secret = randomBytes(SECRET_BYTES).toString('base64url');
    await setWebhook(ledgerOf(request), tenantId, { url, secret, changedBy: actor });
    return { url, secret: url === null ? null : secret };
  });
}
