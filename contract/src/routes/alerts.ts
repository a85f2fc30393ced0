import { AlertsQuery, AlertsReply, WebhookInput, WebhookReply } from '../alerts.js';
import { type RouteGroup, reply } from '../route.js';

/** Alerts, and where they are sent. */
export const alertRoutes = {
  'GET /api/v1/alerts': {
    access: 'read',
    summary: 'Campaigns whose fraud rate crossed a line, newest first',
    query: AlertsQuery,
    replies: { 200: reply('The alerts.', AlertsReply) },
    example: { query: { limit: 20 } },
  },
  'GET /api/v1/alerts/webhook': {
    // Receivers have their tokens in the path of the URL.
    access: 'admin',
    summary: 'Where alerts are sent',
    replies: { 200: reply('The URL; never the secret.', WebhookReply) },
  },
  'PUT /api/v1/alerts/webhook': {
    access: 'admin',
    summary: 'Set where alerts are sent',
    description:
      'Each alert is sent by POST as JSON, with `ClickLedger-Signature: t=SECONDS,v1=HEX`: the HMAC-SHA-256, under the secret, of the seconds, a dot and the body. It is tried again with growing pauses until it is answered with 2xx, 12 times at most.',
    body: WebhookInput,
    replies: { 200: reply('With a new secret, told once.', WebhookReply) },
    example: { body: { url: 'https://198.51.100.7/alerts' } },
  },
} as const satisfies RouteGroup;
