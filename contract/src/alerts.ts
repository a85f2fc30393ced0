import { z } from 'zod';
import { countField } from './fields.js';
import { LIMITS } from './limits.js';

/** Shares of flagged clicks of a campaign within the last hour at which an alert is raised. */
export const FRAUD_RATE_WARNING = 0.03;
export const FRAUD_RATE_CRITICAL = 0.05;
/** Below this it is over. Lower than the warning, so that a rate at the line doesn't raise one a minute. */
export const FRAUD_RATE_RESOLVED = 0.025;

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
export type AlertsQuery = z.infer<typeof AlertsQuery>;

/** `GET /alerts`: newest first. */
export const AlertsReply = z.object({ data: z.array(Alert) });
export type AlertsReply = z.infer<typeof AlertsReply>;

/** `PUT /alerts/webhook`. Null: alerts are no longer sent. */
export const WebhookInput = z.strictObject({
  url: z
    .url({ protocol: /^https?$/, error: 'Expected a URL that starts with https:// or http://' })
    .max(LIMITS.webhookUrlLengthMax, 'Too long')
    .nullable(),
});
export type WebhookInput = z.infer<typeof WebhookInput>;

export const WebhookReply = z.object({
  url: z.string().nullable(),
  /** Signs what is sent; told once, in the reply to the change that made it. */
  secret: z.string().nullable(),
});
export type WebhookReply = z.infer<typeof WebhookReply>;
