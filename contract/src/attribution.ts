import { z } from 'zod';
import { ATTRIBUTION_MODELS } from './attribution-models.js';
import { actionField } from './conversions.js';
import { checkOrder, countField, filterField, timeField } from './fields.js';
import { LIMITS } from './limits.js';

/** What has become of a conversion. `waiting`: its click may still come. */
export const CONVERSION_STATUSES = ['waiting', 'attributed', 'unattributed', 'retracted'] as const;
export type ConversionStatus = (typeof CONVERSION_STATUSES)[number];

/** Why a conversion is attributed to no click. */
export const UNATTRIBUTED_REASONS = [
  'unknown_click',
  'outside_window',
  'other_account',
  'no_click_of_user',
  'click_flagged',
  'already_converted',
] as const;
export type UnattributedReason = (typeof UNATTRIBUTED_REASONS)[number];

/** What gave a conversion another state. */
export const ATTRIBUTION_CAUSES = [
  'received',
  'matched',
  'click_flagged',
  'click_cleared',
  'restated',
  'retracted',
  'expired',
] as const;

/** Which clicks count: those that are not flagged, or all of them. */
export const ATTRIBUTION_VIEWS = ['valid_clicks', 'all_clicks'] as const;

/** An amount: in millionths, the nearest number beyond 2^53 − 1; and in units as decimal text, exact at any size. */
const amount = { value_micros: z.number(), value: z.string(), currency: z.string() };

const reason = z.enum(UNATTRIBUTED_REASONS).nullable();

/** The click of a conversion; all of it null without one. */
const clickOfConversion = {
  click_id: z.uuid().nullable(),
  clicked_at: z.iso.datetime().nullable(),
  advertiser_id: z.string().nullable(),
  campaign_id: z.string().nullable(),
  ad_id: z.string().nullable(),
};

/** The query string of `GET /conversions`. Filters must all hold. The range is half-open, by the time of the conversion. */
export const ConversionLogQuery = z
  .strictObject({
    start_time: timeField()
      .optional()
      .describe('Start of the range, by the time of the conversion; included'),
    end_time: timeField().optional().describe('End of the range; not included'),
    action: actionField().optional(),
    status: z
      .enum(CONVERSION_STATUSES, { error: `Expected one of ${CONVERSION_STATUSES.join(', ')}` })
      .optional(),
    reason: z
      .enum(UNATTRIBUTED_REASONS, { error: `Expected one of ${UNATTRIBUTED_REASONS.join(', ')}` })
      .optional(),
    order_id: filterField().optional(),
    click_id: z
      .uuid({ error: 'Expected a UUID' })
      .toLowerCase()
      .optional()
      .describe('The click it is attributed to'),
    advertiser_id: filterField().optional(),
    campaign_id: filterField().optional(),
    ad_id: filterField().optional(),
    attribution: z
      .enum(ATTRIBUTION_VIEWS, { error: `Expected one of ${ATTRIBUTION_VIEWS.join(', ')}` })
      .default('valid_clicks')
      .describe('`all_clicks`: as if no click were flagged'),
    limit: countField(LIMITS.conversionLogRowsMax, 100),
    cursor: z
      .string()
      .regex(/^[A-Za-z0-9_-]{1,100}$/, 'Not a cursor of this API')
      .optional()
      .describe('`next_cursor` of the page before, with the same filters'),
  })
  .superRefine(checkOrder);
export type ConversionLogQuery = z.infer<typeof ConversionLogQuery>;

/** One conversion of the log, in its newest state. */
export const LoggedConversion = z.object({
  conversion_id: z.uuid(),
  action: z.string(),
  /** Its own time, ISO 8601 in UTC with milliseconds. */
  converted_at: z.iso.datetime(),
  status: z.enum(CONVERSION_STATUSES),
  /** Null unless it is unattributed. */
  reason,
  ...amount,
  ...clickOfConversion,
  /** From the click to the conversion; null without a click. */
  seconds_to_convert: z.int().nullable(),
  /** How often it got another state. */
  revision: z.int(),
  // Null when retention has dropped the conversion itself.
  order_id: z.string().nullable(),
  received_at: z.iso.datetime().nullable(),
  /** The way that it came: `api`, `postback`, `pixel`, `script`, `import` or `test`. */
  source: z.string().nullable(),
});
export type LoggedConversion = z.infer<typeof LoggedConversion>;

export const ConversionLogReply = z.object({
  /** Newest first: by `converted_at`, then `conversion_id`. */
  data: z.array(LoggedConversion),
  /** Null on the last page. */
  next_cursor: z.string().nullable(),
  query_time_ms: z.number(),
});
export type ConversionLogReply = z.infer<typeof ConversionLogReply>;

/** What a click has of a conversion under one model. */
const ModelShare = z.object({
  model: z.enum(ATTRIBUTION_MODELS),
  /** In millionths of a conversion; those of all clicks sum to 1,000,000. */
  conversions_micros: z.int(),
  /** The same as decimal text, such as `0.4`. */
  conversions: z.string(),
  value_micros: z.number(),
  value: z.string(),
});

/** `GET /conversions/:conversion_id`: everything that is known of one conversion, from the ledger. */
export const ConversionStory = z.object({
  /** As it was sent, and in its newest state. */
  conversion: z.object({
    conversion_id: z.uuid(),
    action: z.string(),
    order_id: z.string().nullable(),
    source: z.string(),
    made_by: z.string(),
    received_at: z.iso.datetime(),
    converted_at: z.iso.datetime(),
    /** The click and the user that it names. */
    given_click_id: z.uuid().nullable(),
    given_user_id: z.string().nullable(),
    status: z.enum(CONVERSION_STATUSES),
    reason,
    ...amount,
    ...clickOfConversion,
    /** Until when a click of it may still come. */
    give_up_at: z.iso.datetime(),
  }),
  /** The windows of its action, as they are now, in days. */
  windows: z.object({ click_window_days: z.int(), user_window_days: z.int() }),
  /** The states that it had, in order; the last one holds. */
  revisions: z.array(
    z.object({
      revision: z.int(),
      cause: z.enum(ATTRIBUTION_CAUSES),
      made_at: z.iso.datetime(),
      status: z.enum(CONVERSION_STATUSES),
      reason,
      ...amount,
      ...clickOfConversion,
      /** How the conversion names its click; null without one. */
      matched_by: z.enum(['click_id', 'user_id']).nullable(),
      /** The last click whatever its verdict. */
      any_click_id: z.uuid().nullable(),
      /** Its period was closed: the change counts at the time it was made. */
      is_deferred: z.boolean(),
    }),
  ),
  /**
   * The clicks that led to it, the oldest first: of the user of its click, on ads of the same advertiser, up to that click. Null: analytics
   * can not be asked now.
   */
  path: z
    .array(
      z.object({
        click_id: z.uuid(),
        clicked_at: z.iso.datetime(),
        advertiser_id: z.string(),
        campaign_id: z.string(),
        ad_id: z.string(),
        is_fraudulent: z.boolean(),
        /** Whether the conversion is attributed to it. */
        is_attributed: z.boolean(),
        /** Under each model; none for a flagged click. */
        shares: z.array(ModelShare),
      }),
    )
    .nullable(),
});
export type ConversionStory = z.infer<typeof ConversionStory>;

/** A conversion in the story of a click. */
export const ConversionOfClick = z.object({
  conversion_id: z.uuid(),
  action: z.string(),
  converted_at: z.iso.datetime(),
  status: z.enum(CONVERSION_STATUSES),
  ...amount,
  /** False: it is this click's only when flagged clicks count too. */
  is_attributed: z.boolean(),
});
export type ConversionOfClick = z.infer<typeof ConversionOfClick>;

/** What a report of a model can be grouped by. */
export const MODEL_DIMENSIONS = [
  'campaign_id',
  'advertiser_id',
  'ad_id',
  'country',
  'device_type',
  'os',
  'browser',
] as const;
export type ModelDimension = (typeof MODEL_DIMENSIONS)[number];

const repeated = (value: z.ZodType<string, string>, description: string) =>
  z
    .preprocess(
      (given) => (Array.isArray(given) ? given : [given]),
      z.array(value).min(1).max(LIMITS.filterValuesMax, `At most ${LIMITS.filterValuesMax} values`),
    )
    .optional()
    .meta({ description, type: 'array', items: { type: 'string' } }) as z.ZodOptional<
    z.ZodType<string[], string | string[]>
  >;

/** The query string of `GET /analytics/attribution`. */
export const ModelReportQuery = z
  .strictObject({
    start_time: timeField().describe('Start of the range, by the time of the conversion; included'),
    end_time: timeField().describe('End of the range; not included'),
    model: z
      .enum(ATTRIBUTION_MODELS, { error: `Expected one of ${ATTRIBUTION_MODELS.join(', ')}` })
      .default('last_click'),
    half_life_days: z.coerce
      .number('Expected a number')
      .min(0.1, 'At least 0.1')
      .max(90, 'At most 90')
      .default(7)
      .describe('Of `time_decay`: a click that is so much older than the last one counts half as much'),
    group_by: z
      .enum(MODEL_DIMENSIONS, { error: `Expected one of ${MODEL_DIMENSIONS.join(', ')}` })
      .default('campaign_id'),
    action: repeated(filterField(), 'Only conversions of these actions; repeat it for several'),
    advertiser_id: repeated(filterField(), 'Only clicks on ads of these advertisers; repeat it for several'),
  })
  .superRefine(checkOrder);
export type ModelReportQuery = z.infer<typeof ModelReportQuery>;

const shared = {
  /** In millionths of a conversion. */
  conversions_micros: z.number(),
  /** The same as decimal text, such as `12.333333`. */
  conversions: z.string(),
  /** What they are worth, by currency; amounts of different currencies are never added. */
  conversion_values: z.array(z.object(amount)),
};

export const ModelReportReply = z.object({
  start_time: z.iso.datetime(),
  end_time: z.iso.datetime(),
  model: z.enum(ATTRIBUTION_MODELS),
  half_life_days: z.number(),
  group_by: z.enum(MODEL_DIMENSIONS),
  /** The largest first, by conversions. They sum to the total exactly. */
  data: z.array(z.object({ group: z.string(), ...shared })),
  total: z.object(shared),
});
export type ModelReportReply = z.infer<typeof ModelReportReply>;
