import { z } from 'zod';
import { DEVICE_TYPES, expected } from './clicks.js';
import { LIMITS } from './limits.js';

/** What clicks can be grouped and filtered by. */
export const DIMENSIONS = [
  'campaign_id',
  'advertiser_id',
  'ad_id',
  'country',
  'device_type',
  'os',
  'browser',
] as const;
export type Dimension = (typeof DIMENSIONS)[number];

/** `total` gives one row a group for the whole range, with the right unique users for it. */
export const GRANULARITIES = ['minute', 'hour', 'day', 'total'] as const;
export type Granularity = (typeof GRANULARITIES)[number];

const time = () => z.iso.datetime({ offset: true, ...expected('an ISO 8601 time with a zone') });
const filter = () => z.string().min(1, 'Must not be empty').max(LIMITS.idLengthMax, 'Too long');

/** Whether the runtime knows this IANA time zone, such as `Europe/Berlin`. */
function isTimeZone(name: string): boolean {
  if (!/^[A-Za-z][A-Za-z0-9_+/-]*$/.test(name)) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/** The query string of `GET /analytics/aggregate`. The range is half-open: start included, end not. */
export const AggregateQuery = z
  .strictObject({
    start_time: time(),
    end_time: time(),
    granularity: z.enum(GRANULARITIES, { error: 'Expected minute, hour, day or total' }).default('hour'),
    campaign_id: filter().optional(),
    advertiser_id: filter().optional(),
    ad_id: filter().optional(),
    country: z
      .string()
      .regex(/^([A-Za-z]{2}|)$/, 'Expected two letters, or empty for unknown')
      .toUpperCase()
      .optional(),
    device_type: z.enum([...DEVICE_TYPES, ''], { error: 'Expected mobile, desktop or tablet' }).optional(),
    os: z.string().max(LIMITS.labelLengthMax).optional(),
    browser: z.string().max(LIMITS.labelLengthMax).optional(),
    group_by: z
      .string()
      .transform((list) => list.split(',').filter((name) => name !== ''))
      .pipe(
        z
          .array(z.enum(DIMENSIONS, { error: `Expected a list of ${DIMENSIONS.join(', ')}` }))
          .max(LIMITS.groupByMax, `At most ${LIMITS.groupByMax} dimensions`)
          .refine((names) => new Set(names).size === names.length, 'Each dimension once'),
      )
      .optional()
      .describe(`Comma-separated, at most ${LIMITS.groupByMax} of ${DIMENSIONS.join(', ')}`),
    timezone: z
      .string()
      .refine(isTimeZone, 'Unknown time zone')
      .default('UTC')
      .describe('IANA time zone in which days (and, off whole hours, hours) begin'),
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
      .describe('Only the groups with the most clicks; with `granularity=total`'),
  })
  .superRefine((query, context) => {
    const start = Date.parse(query.start_time);
    const end = Date.parse(query.end_time);
    const wrong = (path: string, message: string) =>
      context.addIssue({ code: 'custom', path: [path], message });
    if (start >= end) wrong('end_time', 'Must be after start_time');
    const bucketMs = { minute: 60_000, hour: 3_600_000, day: 86_400_000, total: Number.POSITIVE_INFINITY };
    if ((end - start) / bucketMs[query.granularity] > LIMITS.bucketsMax)
      wrong('granularity', `More than ${LIMITS.bucketsMax} buckets; choose a coarser one or a shorter range`);
    if (query.fill === 'true' && query.group_by?.length) wrong('fill', 'Not with group_by');
    if (query.limit !== undefined && query.granularity !== 'total')
      wrong('limit', 'Only with granularity=total');
  });
export type AggregateQuery = z.infer<typeof AggregateQuery>;

/** `unique_users` is approximate: a HyperLogLog sketch, exact for small sets, typically within 1 % above. */
export const AggregateRow = z.object({
  /** Start of the bucket, ISO 8601 in UTC. */
  time_bucket: z.string(),
  clicks: z.int(),
  unique_users: z.int(),
  fraud_count: z.int(),
  campaign_id: z.string().optional(),
  advertiser_id: z.string().optional(),
  ad_id: z.string().optional(),
  /** Empty when unknown; likewise device_type, os and browser. */
  country: z.string().optional(),
  device_type: z.string().optional(),
  os: z.string().optional(),
  browser: z.string().optional(),
});
export type AggregateRow = z.infer<typeof AggregateRow>;

export const AggregateReply = z.object({
  data: z.array(AggregateRow),
  /** Sum of `clicks` over the rows of `data`. */
  total_clicks: z.int(),
  /** Time the analytics store took, in milliseconds. */
  query_time_ms: z.number(),
});
export type AggregateReply = z.infer<typeof AggregateReply>;
