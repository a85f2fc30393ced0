import { z } from 'zod';
import { countField } from './fields.js';
import { LIMITS } from './limits.js';

export const ALERT_LEVELS = ['warning', 'critical', 'resolved'] as const;

export const Alert = z.object({
  alert_id: z.int(),
  campaign_id: z.string(),
  level: z.enum(ALERT_LEVELS),
  /** Of the campaign within the hour before. */
  clicks: z.int(),
  fraud_count: z.int(),
  fraud_rate: z.number(),
  from_time: z.iso.datetime(),
  to_time: z.iso.datetime(),
  raised_at: z.iso.datetime(),
  /** `none`: no webhook was set. `given_up`: it never answered well. */
  delivery: z.enum(['none', 'waiting', 'delivered', 'given_up']),
  attempts: z.int(),
  last_error: z.string().nullable(),
});
export type Alert = z.infer<typeof Alert>;

export const AlertsQuery = z.strictObject({ limit: countField(LIMITS.alertsMax, 100) });

/** `GET /alerts`: newest first. */
export const AlertsReply = z.object({ data: z.array(Alert) });
export type AlertsReply = z.infer<typeof AlertsReply>;

const hasCredentials = (url: string) => /^https?:\/\/[^/?#\\]*@/i.test(url);

/** `PUT /alerts/webhook`. Null: alerts are no longer sent. */
export const WebhookInput = z.strictObject({
  url: z
    .url({ protocol: /^https?$/, error: 'Expected a URL that starts with https:// or http://' })
    .max(LIMITS.webhookUrlLengthMax, 'Too long')
    // They would be in the error of every delivery, which `read` sees.
    .refine((url) => !hasCredentials(url), 'Must not hold a user name or a password')
    .nullable(),
});

export const WebhookReply = z.object({
  url: z.string().nullable(),
  /** Signs what is sent; told once, in the reply to the change that made it. */
  secret: z.string().nullable(),
});
export type WebhookReply = z.infer<typeof WebhookReply>;
