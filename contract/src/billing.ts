import { z } from 'zod';
import { PRICING_MODELS } from './entities.js';
import { countField, filterField } from './fields.js';
import { LIMITS } from './limits.js';

/** A calendar month of 1900 to 2199, `2026-11`, in the account's billing zone: both stores know the times of these years. */
export const Period = z
  .string()
  .regex(/^(?:19|2[01])\d\d-(0[1-9]|1[0-2])$/, 'Expected a month such as 2026-11');

/** Millionths, exact up to 2^53 − 1; beyond, JSON's nearest number. */
const micros = () =>
  z.number().refine(Number.isInteger, 'Expected a whole number').meta({ type: 'integer', format: 'int64' });

const counts = {
  /** All clicks, flagged ones included. */
  clicks: z.int(),
  /** Of them flagged when they came in. */
  flagged: z.int(),
  /** What verdicts found afterwards change: −1 for each click flagged, +1 for each flag that was withdrawn. */
  adjusted: z.int(),
  /** `clicks` − `flagged` + `adjusted`; may be negative in a correction. */
  billable: z.int(),
  /** Of campaigns billed by thousand impressions. */
  impressions: z.int(),
  /** Of campaigns billed by conversion: those attributed, less those taken back; may be negative in a correction. */
  conversions: z.int(),
  /** In millionths of `currency`. */
  cost_micros: micros(),
  /** In units of `currency`, as decimal text such as `-12.5`: exact at any size. */
  cost: z.string(),
};

/** One price of one campaign. */
export const BillLine = z.object({
  campaign_id: z.string(),
  campaign_name: z.string().nullable(),
  /** Of an earlier month: clicks that came after its closing, and verdicts found after it. */
  is_correction: z.boolean(),
  /** What the campaign was billed by. Of the counts below, only those of the model are not 0. */
  pricing_model: z.enum(PRICING_MODELS),
  /** The price in force when these events were stored: of a click, of 1,000 impressions, or of a conversion. */
  price_micros: z.int(),
  /** The same of a click; 0 in lines of the other models. */
  cost_per_click_micros: z.int(),
  ...counts,
});
export type BillLine = z.infer<typeof BillLine>;

export const PERIOD_STATES = ['running', 'open', 'closed'] as const;

/** One month. */
export const BillingPeriod = z.object({
  period: Period,
  from_time: z.iso.datetime(),
  to_time: z.iso.datetime(),
  /** `running`: not over yet. `open`: over, and not closed. */
  state: z.enum(PERIOD_STATES),
  /** Whether it is the one to be closed next; months are closed one after the other. */
  may_close: z.boolean(),
  closed_at: z.iso.datetime().nullable(),
  closed_by: z.string().nullable(),
  /** Of a closed month: its statements, and their sum. */
  statements: z.int().nullable(),
  totals: z.object(counts).nullable(),
  currency: z.string(),
  time_zone: z.string(),
  /** False when retention has dropped clicks of the month from the ledger: it can no longer be counted whole. */
  is_whole: z.boolean(),
});
export type BillingPeriod = z.infer<typeof BillingPeriod>;

/** `GET /billing/periods`: newest first. */
export const PeriodsReply = z.object({ data: z.array(BillingPeriod) });
export type PeriodsReply = z.infer<typeof PeriodsReply>;

/** What one advertiser owes for a month. */
export const AdvertiserBill = z.object({
  advertiser_id: z.string(),
  advertiser_name: z.string().nullable(),
  /** Null while the month is open. */
  statement_id: z.int().nullable(),
  number: z.string().nullable(),
  ...counts,
  lines: z.array(BillLine),
});
export type AdvertiserBill = z.infer<typeof AdvertiserBill>;

/** `GET /billing/periods/{period}` */
export const PeriodQuery = z.strictObject({
  limit: countField(LIMITS.billsMax, LIMITS.billsMax),
  after: filterField().optional().describe('`next_after` of the page before'),
});
export type PeriodQuery = z.infer<typeof PeriodQuery>;
/** An open month as analytics has it so far, a closed one as its statements say. */
export const PeriodReply = BillingPeriod.extend({
  totals: z.object(counts),
  /** Those whose clicks have a price, by id; at most `limit` of them. */
  advertisers: z.array(AdvertiserBill),
  /** Where the next page begins: give it as `after`. Null on the last page. */
  next_after: z.string().nullable(),
  /** Clicks of campaigns without a price: they make no statement, and are in no sum. */
  unpriced_clicks: z.int(),
});
export type PeriodReply = z.infer<typeof PeriodReply>;

/** What a statement says so that somebody can pay from it; null where the owner filled nothing in. */
export const StatementTerms = z.object({
  issuer_name: z.string().nullable(),
  /** On several lines. */
  issuer_address: z.string().nullable(),
  /** Who signs. */
  issuer_contact: z.string().nullable(),
  /** Days from the closing until payment is due. */
  payment_days: z.int().nullable(),
  /** A line of tax, in the owner's own words, and its percentage of the amount. */
  tax_label: z.string().nullable(),
  tax_percent: z.number().nullable(),
  /** How to pay, on several lines. */
  payment_note: z.string().nullable(),
});
export type StatementTerms = z.infer<typeof StatementTerms>;

/** A statement without its lines. It never changes. */
export const StatementHead = z.object({
  statement_id: z.int(),
  /** `2026-11-0001`, without gaps within the month. */
  number: z.string(),
  period: Period,
  from_time: z.iso.datetime(),
  to_time: z.iso.datetime(),
  time_zone: z.string(),
  currency: z.string(),
  advertiser_id: z.string(),
  advertiser_name: z.string().nullable(),
  ...counts,
  /** SHA-256 of the statement as CSV: `sha256sum` of the file gives the same. */
  checksum: z.string(),
  /**
   * Of the form of that file: 1 ends its lines with a line feed alone, 2 with a carriage return and a line feed; 3 has columns for what is
   * not billed by click, and is made only where there is such a line.
   */
  csv_version: z.int(),
  closed_at: z.iso.datetime(),
  closed_by: z.string(),
});
export type StatementHead = z.infer<typeof StatementHead>;

export const StatementLine = BillLine.extend({
  /** A sum over the ids and verdicts of the clicks that were counted. */
  fingerprint: z.string(),
});
export type StatementLine = z.infer<typeof StatementLine>;

/** `GET /billing/statements/{statement_id}` */
export const StatementReply = StatementHead.extend({
  lines: z.array(StatementLine),
  /** In force when the month was closed; null for months closed before there were terms. */
  terms: StatementTerms.nullable(),
  /** A date in `time_zone`; null without `payment_days`. */
  due_on: z.iso.date().nullable(),
});
export type StatementReply = z.infer<typeof StatementReply>;

/** `GET /billing/statements` */
export const StatementsQuery = z.strictObject({
  limit: countField(LIMITS.statementsMax, 100),
  before: z.coerce
    .number('Expected a number')
    .int()
    .positive()
    .optional()
    .describe('`next_before` of the page before'),
  period: Period.optional(),
  advertiser_id: filterField().optional(),
});
export type StatementsQuery = z.infer<typeof StatementsQuery>;
/** Newest first. */
export const StatementsReply = z.object({
  data: z.array(StatementHead),
  next_before: z.int().nullable(),
});
export type StatementsReply = z.infer<typeof StatementsReply>;

const Compared = z
  .object({
    clicks: z.int(),
    flagged: z.int(),
    adjusted: z.int(),
    impressions: z.int(),
    conversions: z.int(),
    fingerprint: z.string(),
  })
  .nullable();

/** `GET /billing/statements/{statement_id}/verify`: counted again from the clicks in the ledger. */
export const VerifyReply = z.object({
  /** `not_kept`: retention has dropped days that the statement was counted from. */
  result: z.enum(['matches', 'differs', 'not_kept']),
  checksum: z.string(),
  /** Of the figures counted now; null when they are not kept. */
  recomputed_checksum: z.string().nullable(),
  /** Clicks that were counted. */
  clicks: z.int(),
  seconds: z.number(),
  /** Lines that are not the same; null on the side that has none. */
  differences: z.array(
    z.object({
      campaign_id: z.string(),
      is_correction: z.boolean(),
      pricing_model: z.enum(PRICING_MODELS),
      price_micros: z.int(),
      cost_per_click_micros: z.int(),
      stated: Compared,
      counted: Compared,
    }),
  ),
});
export type VerifyReply = z.infer<typeof VerifyReply>;
