import { z } from 'zod';
import { expected } from './clicks.js';
import { COUNTRY_CODES } from './countries.js';
import { DEVICE_TYPES } from './device-types.js';
import { filterField, newIdField, timeField, wholeField } from './fields.js';
import { LIMITS } from './limits.js';

/** How often an ad was shown within one hour. */
export const ImpressionCount = z.strictObject({
  ad_id: newIdField().describe('The ad that was shown'),
  campaign_id: newIdField()
    .optional()
    .describe(
      'The ad’s own if absent. Required, with `advertiser_id`, for an ad that no click or person has named yet',
    ),
  advertiser_id: newIdField()
    .optional()
    .describe('Only for a campaign that nobody has named yet; else the campaign’s own advertiser counts'),
  hour: timeField()
    .optional()
    .describe(
      'Any moment of the hour, by the UTC clock, in which they were shown; the running hour if absent',
    ),
  count: wholeField(1, LIMITS.impressionsEachMax).describe('How often the ad was shown'),
  country: z
    .string(expected('a string'))
    .toUpperCase()
    .refine((code) => code === '' || COUNTRY_CODES.has(code), 'Expected an ISO 3166-1 alpha-2 country code')
    .default('')
    .describe('ISO 3166-1 alpha-2; empty when unknown'),
  device_type: z
    .enum([...DEVICE_TYPES, ''], { error: `Expected ${DEVICE_TYPES.join(', ')}` })
    .default('')
    .describe('Empty when unknown'),
});
export type ImpressionCount = z.infer<typeof ImpressionCount>;

/** The body of `POST /impressions`. One wrong entry refuses all of it: a report is taken whole, or not at all. */
export const ImpressionsInput = z.strictObject({
  report_id: filterField().describe(
    'The client’s own id of this report. Sent again, it is counted once: without it nobody could tell a retry from as many impressions again',
  ),
  impressions: z
    .array(ImpressionCount, expected('an array'))
    .min(1, 'At least 1 entry')
    .max(LIMITS.impressionEntriesMax, `At most ${LIMITS.impressionEntriesMax} entries`),
});
export type ImpressionsInput = z.infer<typeof ImpressionsInput>;

/** Of every report: without it nobody could tell a retry from as many impressions again. */
export const ImpressionsReply = z.object({
  /** Entries of the report. */
  entries: z.int(),
  /** The sum of their counts. */
  impressions: z.int(),
  /** The report came before, under the same `report_id`: nothing new was counted. */
  is_duplicate: z.boolean(),
});
export type ImpressionsReply = z.infer<typeof ImpressionsReply>;
