import { z } from 'zod';
import { OFFENDER_KINDS } from './facts.js';
import { checkOrder, countField, filterField, timeField, timeZoneField } from './fields.js';
import { LIMITS } from './limits.js';

const scope = {
  start_time: timeField(),
  end_time: timeField(),
  advertiser_id: filterField().optional(),
  campaign_id: filterField().optional(),
  ad_id: filterField().optional(),
  country: filterField().optional(),
  device_type: filterField().optional(),
  os: filterField().optional(),
  browser: filterField().optional(),
  fraud_reason: filterField()
    .optional()
    .describe('Only clicks flagged by this rule; other clicks still count as clicks'),
};

/** The query string of `GET /fraud/summary`. */
export const FraudSummaryQuery = z
  .strictObject({
    ...scope,
    granularity: z.enum(['minute', 'hour', 'day'], { error: 'Expected minute, hour or day' }).default('hour'),
    timezone: timeZoneField().describe('IANA time zone in which days (and, off whole hours, hours) begin'),
  })
  .superRefine((query, context) => {
    checkOrder(query, context);
    const bucketMs = { minute: 60_000, hour: 3_600_000, day: 86_400_000 }[query.granularity];
    const span = Date.parse(query.end_time) - Date.parse(query.start_time);
    if (span / bucketMs > LIMITS.fraudBucketsMax)
      context.addIssue({
        code: 'custom',
        path: ['granularity'],
        message: `More than ${LIMITS.fraudBucketsMax} buckets; choose a coarser one or a shorter range`,
      });
  });
export type FraudSummaryQuery = z.infer<typeof FraudSummaryQuery>;

/** Share of the clean clicks above which a rule that fires on them tells nobody apart. */
export const SEPARATES_NOTHING_FROM = 0.2;
/** Clean clicks below which no share says anything. */
export const SEPARATES_CLICKS_MIN = 100;

export const FraudSummaryReply = z.object({
  clicks: z.int(),
  fraud_count: z.int(),
  /** `fraud_count` of `clicks`, 0 to 1; 0 without clicks. */
  fraud_rate: z.number(),
  /** What the flagged clicks would have cost, at their campaigns' prices. */
  saved_micros: z.int(),
  /** By rule, the most deciding first. A click that several rules flag counts once as decided, for each as fired. */
  rules: z.array(
    z.object({
      rule: z.string(),
      /** Flagged clicks that this rule decided; these add up to `fraud_count`. */
      decided: z.int(),
      /** Clicks on which it fired, alone or with others, flagged or not. */
      fired: z.int(),
      /** Clicks on which it spoke in shadow mode: counted, not flagged. */
      shadow: z.int(),
      /** Clicks that are not flagged and on which it fired, in shadow mode or not. */
      fired_on_clean: z.int(),
      /** `fired_on_clean` of all clicks that are not flagged, 0 to 1; 0 without any. */
      clean_share: z.number(),
      /** It fires on so many clean clicks (above `SEPARATES_NOTHING_FROM`) that it says nothing about the others. */
      separates_nothing: z.boolean(),
    }),
  ),
  /** Every bucket of the range, those without clicks too. */
  series: z.array(
    z.object({
      time_bucket: z.string(),
      clicks: z.int(),
      fraud_count: z.int(),
      /** Flagged clicks by the rule that decided; rules without one are left out. */
      by_rule: z.record(z.string(), z.int()),
    }),
  ),
  query_time_ms: z.number(),
});
export type FraudSummaryReply = z.infer<typeof FraudSummaryReply>;

export type OffenderKind = (typeof OFFENDER_KINDS)[number];

/** The query string of `GET /fraud/offenders`. */
export const OffendersQuery = z
  .strictObject({
    ...scope,
    by: z.enum(OFFENDER_KINDS, { error: `Expected ${OFFENDER_KINDS.join(', ')}` }),
    limit: countField(LIMITS.offendersMax, 20),
  })
  .superRefine(checkOrder);
export type OffendersQuery = z.infer<typeof OffendersQuery>;

export const OffendersReply = z.object({
  /** Most flagged clicks first. Clicks without a value (no user, no referrer) are left out. */
  data: z.array(
    z.object({
      value: z.string(),
      /** All clicks of it in the range. */
      clicks: z.int(),
      flagged: z.int(),
      /** `flagged` of `clicks`, 0 to 1. */
      share: z.number(),
      /** Of its flagged clicks, by the time of the click. */
      first_seen: z.iso.datetime(),
      last_seen: z.iso.datetime(),
      /** The rules that decided, the most frequent first. */
      rules: z.array(z.string()),
      /** What its flagged clicks would have cost. */
      saved_micros: z.int(),
    }),
  ),
  query_time_ms: z.number(),
});
export type OffendersReply = z.infer<typeof OffendersReply>;
