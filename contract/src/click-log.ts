import { z } from 'zod';
import { expected } from './clicks.js';
import { DEVICE_TYPES } from './device-types.js';
import { bomField, checkOrder, countField, filterField, timeField, timeZoneField } from './fields.js';
import { CAMPAIGN_PARAMETERS } from './landing.js';
import { LIMITS } from './limits.js';

const landing = () =>
  z.string(expected('one value')).min(1, 'Must not be empty').max(LIMITS.landingValueLengthMax, 'Too long');

/** What narrows the click log, its export and nothing else. All of them must hold. The range is half-open. */
export const CLICK_FILTERS = {
  start_time: timeField().optional().describe('Start of the range, by the time of the click; included'),
  end_time: timeField().optional().describe('End of the range; not included'),
  click_id: z.uuid({ error: 'Expected a UUID' }).toLowerCase().optional(),
  campaign_id: filterField().optional(),
  ad_id: filterField().optional(),
  advertiser_id: filterField().optional(),
  user_id: filterField().optional(),
  ip_hash: z
    .string()
    .toLowerCase()
    .regex(/^[0-9a-f]{32}$/, 'Expected 32 hex digits')
    .optional(),
  referrer_host: z
    .string(expected('one host'))
    .min(1, 'Must not be empty')
    .max(LIMITS.referrerLengthMax, 'Too long')
    .optional()
    .describe('Host of the referrer, without its subdomains'),
  country: z
    .string(expected('one country'))
    .regex(/^([A-Za-z]{2}|)$/, 'Expected two letters, or empty for unknown')
    .toUpperCase()
    .optional(),
  device_type: z
    .enum([...DEVICE_TYPES, ''], { error: `Expected ${DEVICE_TYPES.join(', ')}, or empty for unknown` })
    .optional(),
  os: z.string().max(LIMITS.labelLengthMax).optional(),
  browser: z.string().max(LIMITS.labelLengthMax).optional(),
  flagged: z.enum(['true', 'false'], { error: 'Expected true or false' }).optional(),
  fraud_reason: filterField().optional().describe('The rule that decided'),
  link_id: z.uuid({ error: 'Expected a UUID' }).toLowerCase().optional().describe('The link that brought it'),
  ...(Object.fromEntries(CAMPAIGN_PARAMETERS.map((name) => [name, landing().optional()])) as Record<
    (typeof CAMPAIGN_PARAMETERS)[number],
    z.ZodOptional<z.ZodString>
  >),
} as const;

const ClickFilters = z.strictObject(CLICK_FILTERS);
export type ClickFilters = z.infer<typeof ClickFilters>;

/** The query string of `GET /clicks`. */
export const ClickLogQuery = z
  .strictObject({
    ...CLICK_FILTERS,
    limit: countField(LIMITS.clickLogRowsMax, 100),
    cursor: z
      .string()
      .regex(/^[A-Za-z0-9_-]{1,100}$/, 'Not a cursor of this API')
      .optional()
      .describe('`next_cursor` of the page before, with the same filters'),
  })
  .superRefine(checkOrder);
export type ClickLogQuery = z.infer<typeof ClickLogQuery>;

/** The query string of `GET /export/clicks.csv`. */
export const ClickExportQuery = z
  .strictObject({
    ...CLICK_FILTERS,
    timezone: timeZoneField().describe('IANA time zone of `clicked_at_local`'),
    bom: bomField(),
  })
  .superRefine(checkOrder);
export type ClickExportQuery = z.infer<typeof ClickExportQuery>;

/** One click of the log. */
export const LoggedClick = z.object({
  click_id: z.uuid(),
  /** The click's own time, ISO 8601 in UTC with milliseconds. */
  clicked_at: z.iso.datetime(),
  received_at: z.iso.datetime(),
  advertiser_id: z.string(),
  campaign_id: z.string(),
  ad_id: z.string(),
  user_id: z.string().nullable(),
  /** Keyed hash of the address, 32 hex digits; the address itself is never stored. */
  ip_hash: z.string().nullable(),
  /** Empty when unknown; likewise the next three. */
  country: z.string(),
  device_type: z.string(),
  os: z.string(),
  browser: z.string(),
  /** Host of the referrer; empty without one. */
  referrer_host: z.string(),
  is_fraudulent: z.boolean(),
  /** The rule that decided; null for a clean click. */
  fraud_reason: z.string().nullable(),
  /** Every rule that fired, weak ones included. */
  fraud_reasons: z.array(z.string()),
  /** The campaign's price when the click was stored; billed only when it is not flagged. */
  cost_micros: z.int(),
  /** The link that brought it; null for a click that came over the API. */
  link_id: z.string().nullable(),
  /** The parameters of its landing that are stored: gclid, utm_source, sub1 … */
  landing: z.record(z.string(), z.string()),
});
export type LoggedClick = z.infer<typeof LoggedClick>;

export const ClickLogReply = z.object({
  /** Newest first: by `clicked_at`, then `click_id`. */
  data: z.array(LoggedClick),
  /** Null on the last page. Clicks that come in meanwhile move no page that follows. */
  next_cursor: z.string().nullable(),
  query_time_ms: z.number(),
});
export type ClickLogReply = z.infer<typeof ClickLogReply>;
