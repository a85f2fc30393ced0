import { z } from 'zod';
import { DEVICE_TYPES } from './device-types.js';
import { bomField, timeField, timeZoneField } from './fields.js';
import { CAMPAIGN_PARAMETERS, LANDING_DIMENSIONS, type LandingDimension } from './landing.js';
import { LIMITS } from './limits.js';
import { COMPARE_TOKENS, comparedSpan, RANGE_PATTERN, resolveRange } from './ranges.js';
import { BUCKET_SIZES } from './zone.js';

/** What clicks can be grouped and filtered by. */
export const DIMENSIONS = [
  'campaign_id',
  'advertiser_id',
  'ad_id',
  'country',
  'device_type',
  'os',
  'browser',
  'fraud_reason',
] as const;
export type Dimension = (typeof DIMENSIONS)[number];

/** `total` gives one row a group for the whole range, with the right unique users for it. */
export const GRANULARITIES = ['minute', 'hour', 'day', 'total'] as const;
export type Granularity = (typeof GRANULARITIES)[number];

const id = () => z.string().min(1, 'Must not be empty').max(LIMITS.idLengthMax, 'Too long');
const label = () => z.string().max(LIMITS.labelLengthMax, 'Too long');

/** Those of landings beside them: questions with one of these read the clicks one by one. */
export const ALL_DIMENSIONS = [...DIMENSIONS, ...LANDING_DIMENSIONS] as const;
export type AnyDimension = Dimension | LandingDimension;

const landing = () => z.string().max(LIMITS.landingValueLengthMax, 'Too long');

/** One value of each dimension, as a filter takes it. Empty: unknown (for `fraud_reason`: not flagged). */
const FILTER_VALUES: Record<AnyDimension, z.ZodType<string>> = {
  ...(Object.fromEntries(LANDING_DIMENSIONS.map((name) => [name, landing() as z.ZodType<string>])) as Record<
    LandingDimension,
    z.ZodType<string>
  >),
  campaign_id: id(),
  advertiser_id: id(),
  ad_id: id(),
  country: z
    .string()
    .regex(/^([A-Za-z]{2}|)$/, 'Expected two letters, or empty for unknown')
    .toUpperCase(),
  device_type: z.enum([...DEVICE_TYPES, ''], { error: `Expected ${DEVICE_TYPES.join(', ')}` }),
  os: label(),
  browser: label(),
  fraud_reason: label(),
};

type Filter = z.ZodOptional<z.ZodType<string[], string | string[]>>;

/** A parameter that may be repeated: `?os=iOS&os=Android`. */
const repeated = (value: z.ZodType<string>, description: string): Filter =>
  z
    .preprocess(
      (given) => (Array.isArray(given) ? given : [given]),
      z.array(value).min(1).max(LIMITS.filterValuesMax, `At most ${LIMITS.filterValuesMax} values`),
    )
    .optional()
    .meta({ description, type: 'array', items: { type: 'string' } }) as Filter;

/** For each dimension a filter "is one of" and, under `not_`, "is none of". */
const filters = Object.fromEntries(
  ALL_DIMENSIONS.flatMap((dimension) => [
    [dimension, repeated(FILTER_VALUES[dimension], 'Only these; repeat it for several values')],
    [`not_${dimension}`, repeated(FILTER_VALUES[dimension], 'All but these; repeat it for several values')],
  ]),
) as Record<AnyDimension | `not_${AnyDimension}`, Filter>;

/** Figures of conversions that rows hold when they are asked for, beside those of clicks. */
export const CONVERSION_METRICS = [
  'conversions',
  'conversions_unattributed',
  'conversions_waiting',
  'conversion_values',
  'cvr',
  'cpa',
  'roas',
] as const;
/** Likewise of impressions, and of what is paid for clicks, impressions and conversions together. */
export const IMPRESSION_METRICS = ['impressions', 'ctr', 'spend', 'cpm', 'ecpc'] as const;
/** What `metrics` may name. */
export const METRICS = [...CONVERSION_METRICS, ...IMPRESSION_METRICS] as const;
export type Metric = (typeof METRICS)[number];

/** Orders by figures of conversions, whether or not `metrics` names them. `conversion_value` is the value in the account's currency. */
export const CONVERSION_ORDERS = ['conversions', 'conversion_value'] as const;
/** What rows of `granularity=total` can be ordered by, largest first. */
export const AGGREGATE_ORDERS = [
  'clicks',
  'unique_users',
  'fraud_count',
  'billable_count',
  'cost_micros',
  'name',
  ...CONVERSION_ORDERS,
] as const;
export type AggregateOrder = (typeof AGGREGATE_ORDERS)[number];

/** Which conversions count, and when: of every question about them. */
const CONVERSION_FIELDS = {
  conversion_time: z
    .enum(['conversion', 'click'], { error: 'Expected conversion or click' })
    .optional()
    .describe('Conversions count when they happened (`conversion`, also if absent), or when their click did'),
  attribution: z
    .enum(['valid_clicks', 'all_clicks'], { error: 'Expected valid_clicks or all_clicks' })
    .optional()
    .describe(
      'Conversions are those of the last click that is not flagged (`valid_clicks`, also if absent), or of the last click whatever its verdict',
    ),
  action: repeated(
    id(),
    'Only conversions of these actions; repeat it for several. Clicks are counted as without it',
  ),
};

const AGGREGATE_FIELDS = {
  start_time: timeField(),
  end_time: timeField(),
  granularity: z.enum(GRANULARITIES, { error: 'Expected minute, hour, day or total' }).default('hour'),
  ...filters,
  metrics: z
    .string()
    .transform((list) => list.split(',').filter((name) => name !== ''))
    .pipe(z.array(z.enum(METRICS, { error: `Expected a list of ${METRICS.join(', ')}` })))
    .optional()
    .describe(`Figures beside those of clicks, comma-separated: any of ${METRICS.join(', ')}`),
  ...CONVERSION_FIELDS,
  group_by: z
    .string()
    .transform((list) => list.split(',').filter((name) => name !== ''))
    .pipe(
      z
        .array(z.enum(ALL_DIMENSIONS, { error: `Expected a list of ${ALL_DIMENSIONS.join(', ')}` }))
        .max(LIMITS.groupByMax, `At most ${LIMITS.groupByMax} dimensions`)
        .refine((names) => new Set(names).size === names.length, 'Each dimension once'),
    )
    .optional()
    .describe(
      `Comma-separated, at most ${LIMITS.groupByMax} of ${ALL_DIMENSIONS.join(', ')}. Those of landings, from link_id on, are read click by click`,
    ),
  timezone: timeZoneField().describe('IANA time zone in which days (and, off whole hours, hours) begin'),
  fill: z
    .enum(['true', 'false'], { error: 'Expected true or false' })
    .default('false')
    .describe('Also the buckets without clicks; not with `group_by`'),
  limit: z.coerce
    .number()
    .int()
    .min(1)
    .max(LIMITS.aggregateRowsMax)
    .optional()
    .describe('Only the first groups in the order; with `granularity=total`'),
  offset: z.coerce
    .number()
    .int()
    .min(0)
    .max(LIMITS.aggregateOffsetMax)
    .default(0)
    .describe(
      'Groups to skip; with `limit`. Ties are ordered by the groups themselves, so pages neither repeat nor miss',
    ),
  order_by: z
    .enum(AGGREGATE_ORDERS, { error: `Expected one of ${AGGREGATE_ORDERS.join(', ')}` })
    .optional()
    .describe('Largest first, `name` from A; `clicks` if absent. With `granularity=total`'),
  search: z
    .string()
    .min(1, 'Must not be empty')
    .max(LIMITS.searchLengthMax, 'Too long')
    .optional()
    .describe(
      'Only groups whose value holds this text, in upper or lower case; with one `group_by` and `granularity=total`',
    ),
};

/** What the fields of a query must be to one another. */
function checkAggregate(query: AggregateFields, context: z.RefinementCtx): void {
  const start = Date.parse(query.start_time);
  const end = Date.parse(query.end_time);
  const wrong = (path: string, message: string) =>
    context.addIssue({ code: 'custom', path: [path], message });
  if (start >= end) wrong('end_time', 'Must be after start_time');
  const bucketMs = { minute: 60_000, hour: 3_600_000, day: 86_400_000, total: Number.POSITIVE_INFINITY };
  if ((end - start) / bucketMs[query.granularity] > LIMITS.bucketsMax)
    wrong('granularity', `More than ${LIMITS.bucketsMax} buckets; choose a coarser one or a shorter range`);
  if (query.fill === 'true' && query.group_by?.length) wrong('fill', 'Not with group_by');
  if (query.granularity !== 'total')
    for (const name of ['limit', 'order_by', 'search'] as const)
      if (query[name] !== undefined) wrong(name, 'Only with granularity=total');
  if (asksForImpressions(query)) {
    if (query.granularity === 'minute') wrong('granularity', 'Impressions are counted by the hour');
    for (const dimension of NOT_OF_IMPRESSIONS)
      if (uses(query, dimension))
        wrong('metrics', `Impressions have no ${dimension}: ask for them without it`);
  }
  if (asksForConversions(query) && hasFraudReason(query))
    wrong('metrics', 'Conversions have no fraud_reason: ask for them without it');
  if (query.offset > 0 && query.limit === undefined) wrong('offset', 'Only with limit');
  if (query.search !== undefined && query.group_by?.length !== 1)
    wrong('search', 'Only with one dimension in group_by');
}

const AggregateFields = z.strictObject(AGGREGATE_FIELDS);
type AggregateFields = z.infer<typeof AggregateFields>;

/** Whether an answer needs conversions, for its figures or its order. */
export const asksForConversions = ({
  metrics,
  order_by,
}: Pick<AggregateFields, 'metrics' | 'order_by'>): boolean =>
  CONVERSION_METRICS.some((name) => metrics?.includes(name)) ||
  CONVERSION_ORDERS.some((name) => order_by === name);

/** Whether an answer needs impressions. */
export const asksForImpressions = ({ metrics }: Pick<AggregateFields, 'metrics'>): boolean =>
  IMPRESSION_METRICS.some((name) => metrics?.includes(name));

/** Dimensions that clicks have and impressions do not. */
const NOT_OF_IMPRESSIONS = ['os', 'browser', 'fraud_reason', ...CAMPAIGN_PARAMETERS] as const;

/**
 * Whether an answer needs what impressions cost: where they can be told apart, CPA and ROAS are of all that was spent. By a dimension or in
 * minutes that impressions do not have, they are of what clicks and conversions cost.
 */
export const asksForImpressionCost = (query: AggregateFields): boolean =>
  asksForImpressions(query) ||
  ((query.metrics?.includes('cpa') || query.metrics?.includes('roas') || false) &&
    query.granularity !== 'minute' &&
    !NOT_OF_IMPRESSIONS.some((dimension) => uses(query, dimension)));

const uses = (query: AggregateFields, dimension: AnyDimension): boolean =>
  query[dimension] !== undefined ||
  query[`not_${dimension}`] !== undefined ||
  query.group_by?.includes(dimension) === true;

const hasFraudReason = (query: AggregateFields): boolean => uses(query, 'fraud_reason');

/** A question about a range that stands still. The range is half-open: start included, end not. */
export const AggregateQuery = AggregateFields.superRefine(checkAggregate);
export type AggregateQuery = z.infer<typeof AggregateQuery>;

/** A range that moves with the clock is resolved by the server whenever it asks; everybody who looks at it asks the same. */
const MOVING_FIELDS = {
  range: z
    .string()
    .regex(RANGE_PATTERN, 'Expected a range such as last_15m, today, this_month')
    .optional()
    .describe(
      'In place of `start_time` and `end_time`, a range that moves with the clock: `last_15m`, `last_24h`, `last_30d`, `last_12mo` ' +
        '(any number), up to the end of the running bucket; `last_7d_to_yesterday`, `last_7d_to_date`, `week_to_date`, `month_to_date`; ' +
        '`today`, `yesterday`, `last_week`, `this_month`, `last_month`. Days are those of `timezone`',
    ),
  align: z
    .enum(BUCKET_SIZES, { error: 'Expected minute, hour or day' })
    .optional()
    .describe(
      'The bucket whose end a `range` reaches; `granularity` if absent, the minute for `total`. A total with the `align` of a ' +
        'series is of the same range',
    ),
  compare: z
    .enum(COMPARE_TOKENS, { error: `Expected ${COMPARE_TOKENS.join(', ')}` })
    .optional()
    .describe(
      'The range before it in its place. `previous`: as long a one. `previous_period`: the day, week or month before, or as many ' +
        'days, by the clock of `timezone`. `previous_year`: the same dates a year earlier. `…_to_date`: as much of it as has passed',
    ),
};

const { start_time, end_time, ...OTHER_FIELDS } = AGGREGATE_FIELDS;
const isMissing = (name: 'start_time' | 'end_time') => ({
  path: [name],
  message: 'Required',
  // Named beside whatever else is wrong.
  when: () => true,
});

/** The query string of `GET /analytics/aggregate`, and a view of `GET /analytics/stream`: the range stands still, or it moves. */
export const AggregateParameters = z
  .strictObject({
    start_time: start_time.optional(),
    end_time: end_time.optional(),
    ...MOVING_FIELDS,
    ...OTHER_FIELDS,
  })
  .refine(({ range, start_time }) => (range ?? start_time) !== undefined, isMissing('start_time'))
  .refine(({ range, end_time }) => (range ?? end_time) !== undefined, isMissing('end_time'))
  .refine(({ range, ...given }) => range === undefined || !(given.start_time ?? given.end_time), {
    path: ['range'],
    message: 'Not with start_time and end_time',
  })
  .refine(({ range, align }) => align === undefined || range !== undefined, {
    path: ['align'],
    message: 'Only with range',
  });
export type AggregateParameters = z.infer<typeof AggregateParameters>;

const ResolvedQuery = z.custom<AggregateFields>().superRefine(checkAggregate);

/**
 * The question that parameters ask at a moment.
 *
 * @throws `ZodError` that names what is wrong; a range that moves may grow over what a question may ask
 */
export function aggregateQueryAt(parameters: AggregateParameters, nowMs: number): AggregateQuery {
  const { range, align, compare, start_time = '', end_time = '', ...query } = parameters;
  const { granularity, timezone: zone } = query;
  if (range === undefined && compare === undefined)
    return ResolvedQuery.parse({ ...query, start_time, end_time });
  const bucket = align ?? (granularity === 'total' ? 'minute' : granularity);
  const given = { startMs: Date.parse(start_time), endMs: Date.parse(end_time) };
  const span = range === undefined ? given : resolveRange(range, nowMs, bucket, zone);
  const asked = compare === undefined ? span : comparedSpan(compare, range ?? given, span, nowMs, zone);
  return ResolvedQuery.parse({
    ...query,
    start_time: new Date(asked.startMs).toISOString(),
    end_time: new Date(asked.endMs).toISOString(),
  });
}

/** The query string of `GET /export/aggregate.csv`. */
export const AggregateExportQuery = z
  .strictObject({ ...AGGREGATE_FIELDS, bom: bomField() })
  .superRefine(checkAggregate);
export type AggregateExportQuery = z.infer<typeof AggregateExportQuery>;

/** Tables of the analytics store. */
export const AGGREGATE_SOURCES = [
  'clicks_by_day',
  'clicks_by_hour',
  'clicks_by_minute',
  'click_events',
] as const;
export type AggregateSource = (typeof AGGREGATE_SOURCES)[number];
/** Those of conversions. */
export const CONVERSION_SOURCES = ['conversions_by_hour', 'conversion_events'] as const;
/** That of impressions. */
export const IMPRESSION_SOURCES = ['impressions_by_hour'] as const;

/** What conversions of one currency are worth together. */
export const ConversionValue = z.object({
  /** ISO 4217. */
  currency: z.string(),
  /** In millionths. Beyond 2^53 − 1 it is the nearest number. */
  value_micros: z.number(),
  /** In units, as decimal text such as `12.5`: exact at any size. */
  value: z.string(),
});
export type ConversionValue = z.infer<typeof ConversionValue>;

/**
 * `unique_users` is approximate: a HyperLogLog sketch of 2^14 registers (uniqCombined64(14)), exact up to about 500 users
 * a row, with a standard error of 0.8% above, and never more than the row's clicks.
 */
export const AggregateRow = z.object({
  /** Start of the bucket, ISO 8601 in UTC. */
  time_bucket: z.string(),
  clicks: z.int(),
  unique_users: z.int(),
  /** Clicks with neither user nor address: nobody can say whose they are, so `unique_users` leaves them out. */
  clicks_without_visitor: z.int(),
  fraud_count: z.int(),
  /** Clicks that are not flagged. */
  billable_count: z.int(),
  /** Cost of the billable clicks, in millionths of the currency unit, at each click's own price. */
  cost_micros: z.int(),
  campaign_id: z.string().optional(),
  advertiser_id: z.string().optional(),
  ad_id: z.string().optional(),
  /** Empty when unknown; likewise device_type, os and browser. */
  country: z.string().optional(),
  device_type: z.string().optional(),
  os: z.string().optional(),
  browser: z.string().optional(),
  /** The strongest reason; empty when not flagged. */
  fraud_reason: z.string().optional(),
  // Each only when `metrics` names it.
  /** Conversions that are attributed to a click. */
  conversions: z.int().optional(),
  /** Conversions that no click led to. They have no click: groups of its dimensions have them under the empty value, and filters leave them out. */
  conversions_unattributed: z.int().optional(),
  /** Conversions whose click may still come; likewise without a click. */
  conversions_waiting: z.int().optional(),
  /** What `conversions` are worth, in each currency by itself. */
  conversion_values: z.array(ConversionValue).optional(),
  /** Conversions for each billable click, as a share; null without such clicks. */
  cvr: z.number().nullable().optional(),
  /**
   * Of the metric `cpa`: spend for each conversion, in millionths, rounded; null without conversions. By a dimension, or in minutes, that
   * impressions do not have: without what impressions cost.
   */
  cpa_micros: z.int().nullable().optional(),
  /** Value in the account's currency for each unit of spend, which is as in `cpa`; null without spend. */
  roas: z.number().nullable().optional(),
  /** Of landings: empty when the click came without, or over the API. */
  ...(Object.fromEntries(LANDING_DIMENSIONS.map((name) => [name, z.string().optional()])) as Record<
    LandingDimension,
    z.ZodOptional<z.ZodString>
  >),
  /** How often ads were shown. An hour's impressions count where it begins: a range that begins within an hour leaves them out. */
  impressions: z.int().optional(),
  /** Clicks for each impression, as a share; null without impressions. */
  ctr: z.number().nullable().optional(),
  /** Of the metric `spend`: what billable clicks, impressions and conversions cost together, by each campaign's pricing model; in millionths, rounded. */
  spend_micros: z.int().optional(),
  /** Of the metric `cpm`: spend for 1,000 impressions; null without impressions. */
  cpm_micros: z.int().nullable().optional(),
  /** Of the metric `ecpc`: spend for each billable click; null without such clicks. */
  ecpc_micros: z.int().nullable().optional(),
});
export type AggregateRow = z.infer<typeof AggregateRow>;

export const AggregateReply = z.object({
  /** The range that was asked, as resolved. */
  start_time: z.iso.datetime(),
  end_time: z.iso.datetime(),
  data: z.array(AggregateRow),
  /** Sum of `clicks` over the rows of `data`. */
  total_clicks: z.int(),
  /** Time the analytics store took, in milliseconds. Advertisers are not told. */
  query_time_ms: z.number().optional(),
  /** What was read, coarsest first: rollups by day, hour and minute, and the raw clicks; then those of conversions and of impressions. */
  sources: z.array(z.enum([...AGGREGATE_SOURCES, ...CONVERSION_SOURCES, ...IMPRESSION_SOURCES])),
  /** Rows that the analytics store read for it. Advertisers are not told. */
  rows_read: z.int().optional(),
});
export type AggregateReply = z.infer<typeof AggregateReply>;

/** The bounds of the histogram of times to convert, in seconds: the first bucket begins at 0, the last has no end. */
export const TIME_TO_CONVERT_BOUNDS = [
  ...[10, 30, 60, 300, 900, 1_800, 3_600, 10_800, 21_600, 43_200],
  ...[1, 2, 3, 7, 14, 30, 60].map((days) => days * 86_400),
] as const;

const { fraud_reason: _reason, not_fraud_reason: _notReason, ...CLICK_FILTERS } = filters;

/** The query string of `GET /analytics/time-to-convert`: the filters of an aggregate. */
export const TimeToConvertQuery = z
  .strictObject({ start_time: timeField(), end_time: timeField(), ...CLICK_FILTERS, ...CONVERSION_FIELDS })
  .refine(({ start_time, end_time }) => Date.parse(start_time) < Date.parse(end_time), {
    path: ['end_time'],
    message: 'Must be after start_time',
  });
export type TimeToConvertQuery = z.infer<typeof TimeToConvertQuery>;

/** How long after their click conversions come. */
export const TimeToConvertReply = z.object({
  start_time: z.iso.datetime(),
  end_time: z.iso.datetime(),
  /** Attributed conversions of the range. */
  conversions: z.int(),
  /** Half of them come no later after their click, in seconds; null without conversions. */
  median_seconds: z.int().nullable(),
  /** All buckets, also empty ones. */
  buckets: z.array(
    z.object({
      from_seconds: z.int(),
      /** Not included; null for the last. */
      to_seconds: z.int().nullable(),
      conversions: z.int(),
    }),
  ),
});
export type TimeToConvertReply = z.infer<typeof TimeToConvertReply>;
