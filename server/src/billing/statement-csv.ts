import { createHash } from 'node:crypto';
import { fromDecimal, money, type StatementLine, toCsv } from '@clickledger/contract';

/**
 * Changed with any change of the file: a checksum is of the form that it was made from. Version 1 ended its lines with a line feed
 * alone.
 */
export const CSV_VERSION = 2;

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
      clicks_of: line.is_correction ? 'an earlier month' : 'this month',
      clicks: line.clicks,
      flagged: line.flagged,
      adjusted: line.adjusted,
      billable: line.billable,
      cost_per_click: money(line.cost_per_click_micros, currency),
      cost: fromDecimal(line.cost, currency),
      currency,
      fingerprint: line.fingerprint,
    })),
  );
  return statement.csv_version === 1 ? csv.replaceAll('\r\n', '\n') : csv;
}

/** SHA-256 of the file, in hexadecimal. */
export const checksumOf = (statement: Printed): string =>
  createHash('sha256').update(statementCsv(statement)).digest('hex');
