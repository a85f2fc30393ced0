import { z } from 'zod';
import { expected } from './clicks.js';
import { wholeField } from './fields.js';
import { LIMITS } from './limits.js';

/** Three letters of ISO 4217. */
const currency = z.string().regex(/^[A-Z]{3}$/, 'Expected three capital letters, such as EUR');

/** `GET /admin/settings`: of the account. */
export const SettingsReply = z.object({
  /** ISO 4217. Every amount of the API is in millionths of it. */
  currency: z.string(),
  /** IANA name: where the months of bills begin and end. */
  billing_zone: z.string(),
  /** False once a month was closed: then both are fixed. */
  may_change_billing: z.boolean(),
  /** `Sec-GPC: 1` and `DNT: 1` are obeyed: such a click is counted, and stored without user and address hash. */
  respect_privacy_signals: z.boolean(),
  /** Days after which user, address hash, user agent and referrer are taken off the clicks; null: as long as the clicks. */
  personal_data_days: z.int().nullable(),
});
export type SettingsReply = z.infer<typeof SettingsReply>;

/** The body of `PATCH /admin/settings`: only what is to change. */
export const SettingsChange = z
  .strictObject({
    currency,
    billing_zone: z.string().min(1).max(64),
    respect_privacy_signals: z.boolean(expected('true or false')),
    personal_data_days: wholeField(1, LIMITS.personalDataDaysMax).nullable(),
  })
  .partial()
  .refine((change) => Object.keys(change).length > 0, { message: 'Name at least one field to change' });
export type SettingsChange = z.infer<typeof SettingsChange>;
