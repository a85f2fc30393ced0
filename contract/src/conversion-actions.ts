import { z } from 'zod';
import { amountField, currencyField } from './conversions.js';
import { countField, filterField, nameField, wholeField } from './fields.js';
import { LIMITS } from './limits.js';

/** `one_per_click`: a second conversion of the same click is stored and not counted. */
export const COUNTINGS = ['every', 'one_per_click'] as const;
/** Conversions of a paused action are refused. */
export const ACTION_STATUSES = ['active', 'paused'] as const;

/** What a conversion means, and how its click is found. */
export const ConversionAction = z.object({
  action: z.string(),
  name: z.string().nullable(),
  status: z.enum(ACTION_STATUSES),
  click_window_days: z
    .int()
    .describe('How long before its conversion a click may lie that is named by its ID'),
  user_window_days: z.int().describe('The same of a click that is found by its user'),
  counting: z.enum(COUNTINGS),
  default_value_micros: z.int().nullable().describe('In millionths of one unit of `default_currency`'),
  default_value: z.string().nullable().describe('The same in units, as decimal text: exact at any size'),
  default_currency: z.string().nullable().describe('Of a value that comes without a currency'),
  created_at: z.iso.datetime(),
});
export type ConversionAction = z.infer<typeof ConversionAction>;

export const ConversionActionsQuery = z.strictObject({
  limit: countField(LIMITS.conversionActionsMax, LIMITS.conversionActionsMax),
  after: filterField().optional().describe('`next_after` of the page before'),
});
export const ConversionActionsReply = z.object({
  data: z.array(ConversionAction),
  next_after: z.string().nullable(),
});
export type ConversionActionsReply = z.infer<typeof ConversionActionsReply>;

const days = () => wholeField(1, LIMITS.conversionWindowDaysMax);
const fields = {
  name: nameField(),
  status: z.enum(ACTION_STATUSES, { error: `Expected ${ACTION_STATUSES.join(' or ')}` }),
  click_window_days: days(),
  user_window_days: days(),
  counting: z.enum(COUNTINGS, { error: `Expected ${COUNTINGS.join(' or ')}` }),
  default_value: amountField().nullable(),
  default_currency: currencyField().nullable(),
};

/** `PATCH /conversion-actions/:action`: only the fields to change. They count for conversions that come from then on. */
export const ConversionActionChange = z
  .strictObject(fields)
  .partial()
  .refine((change) => Object.keys(change).length > 0, { message: 'Name at least one field to change' });
export type ConversionActionChange = z.infer<typeof ConversionActionChange>;

/** `PUT /conversion-actions/:action`: sets one up, also before its first conversion. */
export const ConversionActionSetUp = z.strictObject({
  name: fields.name.default(null),
  status: fields.status.default('active'),
  click_window_days: fields.click_window_days.default(30),
  user_window_days: fields.user_window_days.default(7),
  counting: fields.counting.default('every'),
  default_value: fields.default_value.default(null),
  default_currency: fields.default_currency.default(null),
});
