import { AlertsQuery, AlertsReply, WebhookInput, WebhookReply } from './alerts.js';
import { body, invalid, type Json, queryParameters, reply, storeAway } from './openapi-parts.js';

/** The paths of alerts. */
export function alertPaths(): Json {
  return {
    '/api/v1/alerts': {
      get: {
        summary: 'Campaigns whose fraud rate crossed a line, newest first',
        parameters: queryParameters(AlertsQuery),
        responses: { 200: reply('The alerts.', AlertsReply), 400: invalid, 503: storeAway },
      },
    },
    '/api/v1/alerts/webhook': {
      get: {
        summary: 'Where alerts are sent',
        responses: { 200: reply('The URL; never the secret.', WebhookReply), 503: storeAway },
      },
      put: {
        summary: 'Set where alerts are sent',
        description:
          'Each alert is sent by POST as JSON, with `ClickLedger-Signature: t=SECONDS,v1=HEX`: the HMAC-SHA-256, under the secret, of the seconds, a dot and the body. It is tried again with growing pauses until it is answered with 2xx, 12 times at most.',
        requestBody: body(WebhookInput),
        responses: {
          200: reply('With a new secret, told once.', WebhookReply),
          400: invalid,
          503: storeAway,
        },
      },
    },
  };
}
