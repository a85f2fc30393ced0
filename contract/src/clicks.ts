import { z } from 'zod';
import { COUNTRY_CODES } from './countries.js';
import { DEVICE_TYPES } from './device-types.js';
import { LIMITS } from './limits.js';

/** "Required" for a field that is missing, "Expected …" for one of the wrong type. */
export const expected = (what: string) => ({
  error: (issue: { input?: unknown }) => (issue.input === undefined ? 'Required' : `Expected ${what}`),
});

// biome-ignore lint/suspicious/noControlCharactersInRegex: PostgreSQL text cannot hold NUL; ids hold no control characters.
export const NO_CONTROL = /^[^\u0000-\u001f\u007f]*$/;
/** Whether no half of a surrogate pair stands alone. */
export const isWellFormed = (value: string) => !/\p{Surrogate}/u.test(value);
export const NOT_WELL_FORMED = 'Not well-formed Unicode';
const text = (lengthMax: number) =>
  z
    .string(expected('a string'))
    .max(lengthMax, `At most ${lengthMax} characters`)
    .regex(NO_CONTROL, 'Control characters are not allowed')
    // The ledger's UTF-8 can't hold half a surrogate pair: two ids that differ in it would become one.
    .refine(isWellFormed, NOT_WELL_FORMED);
const id = () => text(LIMITS.idLengthMax).regex(/\S/, 'Must not be empty');

/** A click as a client sends it. Unknown fields are dropped, so that newer clients work with older servers. */
export const ClickInput = z.object({
  ad_id: id().describe('The ad that was clicked'),
  campaign_id: id(),
  advertiser_id: id(),
  click_id: z
    .uuid({ error: 'Expected a UUID' })
    .toLowerCase()
    .optional()
    .describe(
      "The client's own id of this click; sending the same one again is a repeat, not a second click",
    ),
  user_id: id().optional().describe('Who clicked; unique users count it'),
  country: z
    .string(expected('a string'))
    .toUpperCase()
    .refine((code) => COUNTRY_CODES.has(code), 'Expected an ISO 3166-1 alpha-2 country code')
    .optional()
    .describe('ISO 3166-1 alpha-2; looked up from the address if absent'),
  device_type: z
    .enum(DEVICE_TYPES, { error: 'Expected mobile, desktop or tablet' })
    .optional()
    .describe('From the user agent if absent, like os and browser'),
  os: text(LIMITS.labelLengthMax).optional(),
  browser: text(LIMITS.labelLengthMax).optional(),
  timestamp: z.iso
    .datetime({ offset: true, error: 'Expected an ISO 8601 time with a zone' })
    .optional()
    .describe(
      "When the click happened, with a zone; the server's time if absent. Neither more than 5 minutes ahead nor older than the dedup window",
    ),
  referrer: text(LIMITS.referrerLengthMax).optional(),
  user_agent: text(LIMITS.userAgentLengthMax)
    .optional()
    .describe("The browser's, when a server reports the click for it; the request's own header if absent"),
});
export type ClickInput = z.infer<typeof ClickInput>;

/** Printable ASCII, as an HTTP header can carry it. */
export const IdempotencyKey = z
  .string()
  .min(1, 'Must not be empty')
  .max(LIMITS.idempotencyKeyLengthMax, `At most ${LIMITS.idempotencyKeyLengthMax} characters`)
  .regex(/^[\x20-\x7e]+$/, 'Printable ASCII only');

/** 202 for a new click, 200 for a repeat (or, under the same Idempotency-Key, the first reply again). */
export const ClickReply = z.object({
  success: z.literal(true),
  click_id: z.uuid(),
  is_duplicate: z.boolean(),
  is_fraudulent: z.boolean(),
});
export type ClickReply = z.infer<typeof ClickReply>;

/** The envelope of a batch; each entry is checked on its own, so that a bad one does not fail the rest. */
export const BatchInput = z.object({
  clicks: z
    .array(z.unknown(), expected('an array'))
    .min(1, 'At least 1 click')
    .max(LIMITS.batchClicksMax, `At most ${LIMITS.batchClicksMax} clicks`),
});
export type BatchInput = z.infer<typeof BatchInput>;

/** The documented shape of a batch request (the server checks the entries one by one). */
export const BatchInputDocumented = z.object({
  clicks: z.array(ClickInput).min(1).max(LIMITS.batchClicksMax),
});

export const BatchEntryReply = z.union([
  ClickReply,
  z.object({
    success: z.literal(false),
    error: z.object({
      formErrors: z.array(z.string()),
      fieldErrors: z.record(z.string(), z.array(z.string())),
    }),
  }),
]);
export type BatchEntryReply = z.infer<typeof BatchEntryReply>;

/** 202: one result an entry, in the order of the request. */
export const BatchReply = z.object({
  accepted: z.int().nonnegative(),
  duplicates: z.int().nonnegative(),
  rejected: z.int().nonnegative(),
  results: z.array(BatchEntryReply),
});
export type BatchReply = z.infer<typeof BatchReply>;
