import { randomBytes } from 'node:crypto';
import { AlertsQuery, type AlertsReply, WebhookInput, type WebhookReply } from '@clickledger/contract';
import type { FastifyInstance } from 'fastify';
import { listAlerts, readWebhookUrl, setWebhook } from '../ledger/alerts.js';
import { DEFAULT_TENANT_ID, PROTECTED_MODE, type Services } from './services.js';

const SECRET_BYTES = 32;

/** `/api/v1/alerts` and where they are sent. */
export function registerAlerts(app: FastifyInstance, { pool }: Services): void {
  app.get('/api/v1/alerts', async (request): Promise<AlertsReply> => {
    const { limit } = AlertsQuery.parse(request.query);
    return { data: await listAlerts(pool, DEFAULT_TENANT_ID, limit) };
  });
  app.get(
    '/api/v1/alerts/webhook',
    async (): Promise<WebhookReply> => ({
      url: await readWebhookUrl(pool, DEFAULT_TENANT_ID),
      secret: null,
    }),
  );
  app.put('/api/v1/alerts/webhook', async (request): Promise<WebhookReply> => {
    const { url } = WebhookInput.parse(request.body);
    const secret = randomBytes(SECRET_BYTES).toString('base64url');
    await setWebhook(pool, DEFAULT_TENANT_ID, { url, secret, changedBy: PROTECTED_MODE });
    return { url, secret: url === null ? null : secret };
  });
}
