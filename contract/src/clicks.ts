import { z } from 'zod';
import { COUNTRY_CODES } from './countries.js';
import { DESCRIBING_FIELDS, type DescribingField, describe, type Note } from './describing.js';
import { DEVICE_TYPES } from './device-types.js';
import { LIMITS } from './limits.js';
import { readPlainClick } from './plain-click.js';
import { readTime } from './times.js';

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
/** Steps of a path: a browser takes them out of every address, and the page of `..` would be the page above it. */
const isPathStep = (value: string) => value === '.' || value === '..';
export const isNoPathStep = (value: string) => !isPathStep(value);
export const PATH_STEP = 'Must not be "." or ".."';
const id = () => text(LIMITS.idLengthMax).regex(/\S/, 'Must not be empty').refine(isNoPathStep, PATH_STEP);

/**
 * A click as the server takes it: what clients should send. What they send otherwise in fields that only describe is mapped, cut or
 * unknown: see `readClick`. Unknown fields are dropped, so that newer clients work with older servers.
 */
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
    .describe('ISO 3166-1 alpha-2; looked up from the address if absent or unknown'),
  device_type: z
    .enum(DEVICE_TYPES, { error: `Expected ${DEVICE_TYPES.join(', ')}` })
    .optional()
    .describe('From the user agent if absent or unknown, like os and browser'),
  os: text(LIMITS.labelLengthMax).optional(),
  browser: text(LIMITS.labelLengthMax).optional(),
  timestamp: z.iso
    .datetime({ offset: true, error: ({ input }) => whyNoTime(input) })
    .optional()
    .describe(
      "When the click happened, with a zone, or seconds, milliseconds, microseconds or nanoseconds since 1970; the server's time if absent. Neither more than 5 minutes ahead nor older than the dedup window",
    ),
  referrer: text(LIMITS.referrerLengthMax).optional(),
  user_agent: text(LIMITS.userAgentLengthMax)
    .optional()
    .describe("The browser's, when a server reports the click for it; the request's own header if absent"),
});
export type ClickInput = z.infer<typeof ClickInput>;

function whyNoTime(input: unknown): string {
  const reading = readTime(input);
  return 'error' in reading ? reading.error : 'Expected an ISO 8601 time with a zone';
}

/** A click that is taken, with notes on what is not as it was sent, or what is wrong with it. */
export type ClickReading = { input: ClickInput; notes: readonly Note[] } | { error: z.ZodError<ClickInput> };

const NO_NOTES: readonly Note[] = [];
const DESCRIBING: ReadonlySet<string> = new Set(DESCRIBING_FIELDS);
/** Null says of these that there is none. */
const OPTIONAL: ReadonlySet<string> = new Set(['user_id', 'click_id', 'timestamp']);

/**
 * Reads a click as it was sent, over the API and from a file alike: ids are refused when they are wrong, what only describes never is.
 * Nearly every click is plain, and costs one check.
 */
export function readClick(sent: unknown): ClickReading {
  const plain = readPlainClick(sent);
  if (plain) return { input: plain, notes: NO_NOTES };
  const asSent = ClickInput.safeParse(sent);
  if (asSent.success) return { input: asSent.data, notes: NO_NOTES };
  if (typeof sent !== 'object' || sent === null || Array.isArray(sent)) return asSent;
  const notes: Note[] = [];
  const mended = ClickInput.safeParse(mend(sent as Record<string, unknown>, notes));
  return mended.success ? { input: mended.data, notes } : mended;
}

function mend(sent: Record<string, unknown>, notes: Note[]): Record<string, unknown> {
  const mended: Record<string, unknown> = {};
  for (const field of Object.keys(ClickInput.shape)) {
    let value = Object.hasOwn(sent, field) ? sent[field] : undefined;
    if (DESCRIBING.has(field)) {
      const described = describe(field as DescribingField, value);
      if (described.note) notes.push(described.note);
      value = described.value;
    } else if (value === null && OPTIONAL.has(field)) value = undefined;
    else if (field === 'timestamp' && value !== undefined) {
      const reading = readTime(value);
      if ('time' in reading) value = reading.time;
    }
    if (value !== undefined) mended[field] = value;
  }
  return mended;
}

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
  warnings: z
    .array(z.string())
    .optional()
    .describe(
      'What is not stored as it was sent: a describing field that was mapped, cut, or taken as unknown, or an advertiser that is not the campaign’s. Absent when there is nothing to say',
    ),
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

/** 202: one result an entry, in the order of the request. */
export const BatchReply = z.object({
  accepted: z.int().nonnegative(),
  duplicates: z.int().nonnegative(),
  rejected: z.int().nonnegative(),
  results: z.array(BatchEntryReply),
});
export type BatchReply = z.infer<typeof BatchReply>;
