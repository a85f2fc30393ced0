import { createHash } from 'node:crypto';
import { fromDecimal, money, type StatementLine, toCsv } from '@clickledger/contract';

/**
 * Changed with any change of the file: a checksum is of the form that it was made from. Version 1 ended its lines with a line feed
 * alone.
 */
export const CSV_VERSION = 2;
/** Of a statement that has more than clicks. One of clicks alone stays as programs know it. */
export const CSV_VERSION_OF_MODELS = 3;

/** The form that a new statement with these lines has. */
export const csvVersionOf = (lines: readonly StatementLine[]): number =>
  lines.every((line) => line.pricing_model === 'cpc') ? CSV_VERSION : CSV_VERSION_OF_MODELS;

/** What of a statement is in its file. */
export interface Printed {
  csv_version: number;
  number: string;
  period: string;
  from_time: string;
  to_time: string;
  time_zone: string;
  currency: string;
  advertiser_id: string;
  advertiser_name: string | null;
  lines: readonly StatementLine[];
}

/** A statement as CSV, a line a campaign and price; amounts in the currency. The same statement is the same file, to the byte. */
export function statementCsv(statement: Printed): string {
  const { currency } = statement;
  const csv = toCsv(
    statement.lines.map((line) => ({
      statement: statement.number,
      period: statement.period,
      from: statement.from_time,
      to: statement.to_time,
      time_zone: statement.time_zone,
      advertiser_id: statement.advertiser_id,
      advertiser_name: statement.advertiser_name,
      campaign_id: line.campaign_id,
      campaign_name: line.campaign_name,
      ...(statement.csv_version < CSV_VERSION_OF_MODELS
        ? clicksOf(line, currency)
        : eventsOf(line, currency)),
      cost: fromDecimal(line.cost, currency),
      currency,
      fingerprint: line.fingerprint,
    })),
  );
  return statement.csv_version === 1 ? csv.replaceAll('\r\n', '\n') : csv;
}

const monthOf = (line: StatementLine) => (line.is_correction ? 'an earlier month' : 'this month');

const clicksOf = (line: StatementLine, currency: string) => ({
  clicks_of: monthOf(line),
  clicks: line.clicks,
  flagged: line.flagged,
  adjusted: line.adjusted,
  billable: line.billable,
  cost_per_click: money(line.cost_per_click_micros, currency),
});

/** `price` is of a billable click (cpc), of 1,000 impressions (cpm) or of a conversion (cpa). */
const eventsOf = (line: StatementLine, currency: string) => ({
  events_of: monthOf(line),
  pricing_model: line.pricing_model,
  clicks: line.clicks,
  flagged: line.flagged,
  adjusted: line.adjusted,
  billable: line.billable,
  impressions: line.impressions,
  conversions: line.conversions,
  price: money(line.price_micros, currency),
});

/** SHA-256 of the file, in hexadecimal. */
export const checksumOf = (statement: Printed): string =>
  createHash('sha256').update(statementCsv(statement)).digest('hex');
