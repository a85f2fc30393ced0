import { z } from 'zod';
import { StatementTerms } from './billing.js';
import { expected, isWellFormed, NO_CONTROL, NOT_WELL_FORMED } from './clicks.js';
import { nameField, wholeField } from './fields.js';
import { LIMITS } from './limits.js';

/** Three letters of ISO 4217. */
const currency = z.string().regex(/^[A-Z]{3}$/, 'Expected three capital letters, such as EUR');

/** A text that is printed on one line; null: nothing is printed. */
const line = nameField;
/** The same on several lines. */
const lines = () =>
  z
    .string(expected('a string'))
    .trim()
    .min(1, 'Must not be empty')
    .max(LIMITS.noteLengthMax, `At most ${LIMITS.noteLengthMax} characters`)
    .refine(
      (text) => text.split('\n').every((one) => NO_CONTROL.test(one)),
      'Control characters are not allowed',
    )
    .refine(isWellFormed, NOT_WELL_FORMED)
    .nullable();

/** `GET /admin/settings`: of the account. */
export const SettingsReply = z.object({
  /** ISO 4217. Every amount of the API is in millionths of it. */
  currency: z.string(),
  /** IANA name: where the months of bills and the days of budgets begin and end. */
  billing_zone: z.string(),
  /** Clicks of campaigns that nobody has set up are stored, flagged `unknown_campaign`, and register nothing. */
  only_known_campaigns: z.boolean(),
  /** False once a month was closed: then both are fixed. */
  may_change_billing: z.boolean(),
  /** `Sec-GPC: 1` and `DNT: 1` are obeyed: such a click is counted, and stored without user and address hash. */
  respect_privacy_signals: z.boolean(),
  /** Days after which user, address hash, user agent and referrer are taken off the clicks; null: as long as the clicks. */
  personal_data_days: z.int().nullable(),
  /** What is printed on the statements of months closed from now on; null: nothing. */
  ...StatementTerms.shape,
  /** Shares of flagged clicks of a campaign within an hour, in percent, from which an alert is raised. */
  alert_warning_percent: z.int(),
  alert_critical_percent: z.int(),
  /** Campaigns with fewer clicks within the hour raise no alert. */
  alert_clicks_min: z.int(),
});
export type SettingsReply = z.infer<typeof SettingsReply>;

/** The body of `PATCH /admin/settings`: only what is to change. */
export const SettingsChange = z
  .strictObject({
    currency,
    billing_zone: z.string().min(1).max(64),
    only_known_campaigns: z.boolean(expected('true or false')),
    respect_privacy_signals: z.boolean(expected('true or false')),
    personal_data_days: wholeField(1, LIMITS.personalDataDaysMax).nullable(),
    issuer_name: line(),
    issuer_address: lines(),
    issuer_contact: line(),
    payment_days: wholeField(0, LIMITS.paymentDaysMax).nullable(),
    tax_label: line(),
    tax_percent: z
      .number(expected('a number'))
      .min(0, 'Must not be negative')
      .max(100, 'At most 100')
      .refine(
        (percent) => Math.abs(percent * 1_000 - Math.round(percent * 1_000)) < 1e-6,
        'At most 3 decimals',
      )
      .nullable(),
    payment_note: lines(),
    alert_warning_percent: wholeField(1, 100),
    alert_critical_percent: wholeField(1, 100),
    alert_clicks_min: wholeField(1, LIMITS.alertClicksMinMax),
  })
  .partial()
  .refine((change) => Object.keys(change).length > 0, { message: 'Name at least one field to change' });
export type SettingsChange = z.infer<typeof SettingsChange>;
