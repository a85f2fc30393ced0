import { z } from 'zod';
import { expected, isNoPathStep, isWellFormed, NO_CONTROL, NOT_WELL_FORMED, PATH_STEP } from './clicks.js';
import { CURRENCY_CODES } from './currencies.js';
import { ValidationErrorReply } from './errors.js';
import { LIMITS } from './limits.js';
import { fromDecimal } from './money.js';
import { readTime } from './times.js';

/** What is wrong, by a code for programs beside the message for people. */
const coded = (code: string) => ({ params: { code } });

const text = (lengthMax: number) =>
  z
    .string(expected('a string'))
    .max(lengthMax, `At most ${lengthMax} characters`)
    .regex(NO_CONTROL, 'Control characters are not allowed')
    .refine(isWellFormed, NOT_WELL_FORMED)
    .regex(/\S/, 'Must not be empty');

/** The name of a conversion action. Of any case: `Sale` and `sale` are one. */
export const actionField = () =>
  text(LIMITS.actionLengthMax).trim().toLowerCase().refine(isNoPathStep, PATH_STEP);

export const currencyField = () =>
  z
    .string(expected('a string'))
    .trim()
    .toUpperCase()
    .refine((code) => CURRENCY_CODES.has(code), 'Expected an ISO 4217 currency code, such as EUR');

/** Decimal text, never with an exponent. A JSON number counts as its shortest decimal text. */
const AMOUNT = /^\d+(?:\.(\d+))?$/;
const DECIMALS_MAX = 6;

/** An amount in millionths, or what is wrong with it, with a code for programs. */
export type AmountReading = { micros: bigint } | { error: string; code: string };

/**
 * Reads an amount of money exactly: text such as `19.99`, or a number, by its shortest decimal text. No floating-point arithmetic takes
 * part.
 */
export function readAmount(sent: unknown): AmountReading {
  if (typeof sent !== 'string' && typeof sent !== 'number')
    return { error: 'Expected an amount such as "19.99"', code: 'invalid_value' };
  const amount = String(sent).trim();
  if (/^-\d/.test(amount)) return { error: 'Must not be negative', code: 'value_negative' };
  const [isAmount, fraction = ''] = AMOUNT.exec(amount) ?? [];
  if (isAmount === undefined) return { error: 'Expected an amount such as "19.99"', code: 'invalid_value' };
  if (fraction.length > DECIMALS_MAX)
    return { error: `At most ${DECIMALS_MAX} decimals`, code: 'value_too_precise' };
  const { micros } = fromDecimal(amount, '');
  if (micros > BigInt(LIMITS.conversionValueMicrosMax))
    return { error: `At most ${LIMITS.conversionValueMicrosMax / 1e6}`, code: 'value_too_large' };
  return { micros };
}

/** An amount in a body; read as millionths. */
export const amountField = () =>
  z
    .union([z.string(), z.number()], { error: 'Expected an amount such as "19.99"' })
    .superRefine((sent, context) => {
      const reading = readAmount(sent);
      if ('error' in reading)
        context.addIssue({ code: 'custom', message: reading.error, ...coded(reading.code) });
    })
    .describe('Decimal text such as "19.99", or a number; at most 6 decimals, no exponent');

const conversionId = () => z.uuid({ error: 'Expected a UUID' }).toLowerCase();

/** Who converted, and what it was worth. Unknown fields are dropped, so that newer clients work with older servers. */
export const ConversionInput = z
  .object({
    action: actionField().describe('Such as `signup` or `sale`; the first use of a name registers it'),
    click_id: z
      .uuid({ error: 'Expected a UUID' })
      .toLowerCase()
      .optional()
      .describe('The click that led to it. It may come after its conversion.'),
    user_id: text(LIMITS.idLengthMax).optional().describe('Who converted, as clicks name users'),
    order_id: text(LIMITS.idLengthMax)
      .optional()
      .describe('Unique for good within the action: the same order again is a repeat, and is not counted'),
    value: amountField().optional().describe('The default value of the action if absent'),
    currency: currencyField()
      .optional()
      .describe('ISO 4217; required with a value, unless the action has a default currency'),
    timestamp: z.iso
      .datetime({ offset: true, error: ({ input }) => whyNoTime(input) })
      .optional()
      .describe(
        "When it happened, as with clicks; the server's time if absent. Neither more than 5 minutes ahead nor older than the window of the action",
      ),
    conversion_id: conversionId()
      .optional()
      .describe(
        "The client's own ID of it. Without an `order_id`, the same ID again is a repeat, and is not counted",
      ),
  })
  .superRefine(({ click_id, user_id }, context) => {
    if (click_id === undefined && user_id === undefined)
      context.addIssue({
        code: 'custom',
        path: ['click_id'],
        message: 'Required, unless there is a user_id',
        ...coded('click_or_user_required'),
      });
  });
export type ConversionInput = z.infer<typeof ConversionInput>;

function whyNoTime(input: unknown): string {
  const reading = readTime(input);
  return 'error' in reading ? reading.error : 'Expected an ISO 8601 time with a zone';
}

/** What is wrong with a conversion: as everywhere, and a code for programs, of the first field that is wrong. */
export const WrongConversion = ValidationErrorReply.shape.error.extend({ code: z.string() });
export type WrongConversion = z.infer<typeof WrongConversion>;
export const WrongConversionReply = z.object({ error: WrongConversion });

/** One field of a conversion that is wrong. */
export const wrongField = (field: string, code: string, message: string): WrongConversion => ({
  code,
  formErrors: [],
  fieldErrors: { [field]: [message] },
});

/** What a zod error says, with the code of its first issue. */
export function toWrong(error: z.ZodError): WrongConversion {
  const { formErrors, fieldErrors } = z.flattenError(error as z.ZodError<Record<string, unknown>>);
  const fields: Record<string, string[]> = {};
  for (const [name, messages] of Object.entries(fieldErrors)) fields[name] = messages ?? [];
  const [first] = error.issues;
  return { code: first ? codeOf(first) : 'invalid', formErrors, fieldErrors: fields };
}

function codeOf(issue: z.core.$ZodIssue): string {
  if (issue.code === 'custom' && typeof issue.params?.code === 'string') return issue.params.code;
  const field = String(issue.path[0] ?? 'body');
  return issue.message === 'Required' ? `${field}_required` : `invalid_${field}`;
}

export type ConversionReading = { input: ConversionInput } | { error: WrongConversion };

/** Reads a conversion as it was sent, over any of the ways: null says that there is none, and times are read as those of clicks are. */
export function readConversion(sent: unknown): ConversionReading {
  if (typeof sent !== 'object' || sent === null || Array.isArray(sent)) {
    const message = 'Expected an object';
    return { error: { code: 'invalid_body', formErrors: [message], fieldErrors: {} } };
  }
  const fields: Record<string, unknown> = {};
  for (const field of Object.keys(ConversionInput.shape)) {
    const value = Object.hasOwn(sent, field) ? (sent as Record<string, unknown>)[field] : undefined;
    if (value === null && field !== 'action') continue;
    const time = field === 'timestamp' && value !== undefined ? readTime(value) : null;
    if (value !== undefined) fields[field] = time && 'time' in time ? time.time : value;
  }
  const parsed = ConversionInput.safeParse(fields);
  return parsed.success ? { input: parsed.data } : { error: toWrong(parsed.error) };
}

/** 202 for a new conversion, 200 for a repeat: `conversion_id` is then the first one's. */
export const ConversionReply = z.object({
  success: z.literal(true),
  conversion_id: z.uuid(),
  is_duplicate: z.boolean(),
});
export type ConversionReply = z.infer<typeof ConversionReply>;

/** The envelope of a batch; each entry is checked on its own, so that a bad one does not fail the rest. */
export const ConversionBatchInput = z.object({
  conversions: z
    .array(z.unknown(), expected('an array'))
    .min(1, 'At least 1 conversion')
    .max(LIMITS.batchConversionsMax, `At most ${LIMITS.batchConversionsMax} conversions`),
});
export const ConversionBatchInputDocumented = z.object({
  conversions: z.array(ConversionInput).min(1).max(LIMITS.batchConversionsMax),
});

const refusedEntry = z.object({ success: z.literal(false), error: WrongConversion });
/** 202: one result an entry, in the order of the request. */
export const ConversionBatchReply = z.object({
  accepted: z.int().nonnegative(),
  duplicates: z.int().nonnegative(),
  rejected: z.int().nonnegative(),
  results: z.array(z.union([ConversionReply, refusedEntry])),
});
export type ConversionBatchReply = z.infer<typeof ConversionBatchReply>;
