import { fromDecimal, type StatementLine } from '@clickledger/contract';
import type pg from 'pg';
import type { Totals } from './billing-periods.js';

/** A statement to be stored. */
export interface NewStatement extends Totals {
  number: string;
  advertiserId: string;
  advertiserName: string | null;
  checksum: string;
  csvVersion: number;
  lines: readonly StatementLine[];
}

/** Rows that one statement to the ledger brings: a month of 100,000 advertisers is a few dozen round trips. */
const ROWS_MAX = 5_000;

/** Stores a month's statements and their sum; what is there can not be stored again, or changed. */
export async function addStatements(
  client: pg.PoolClient,
  tenantId: number,
  period: string,
  statements: readonly NewStatement[],
  { totals, unpricedClicks }: { totals: Totals; unpricedClicks: number },
): Promise<void> {
  const idOf = new Map<string, number>();
  for (const slice of slices(statements))
    for (const { number, id } of await addHeads(client, tenantId, period, slice)) idOf.set(number, id);
  const lines = statements.flatMap((one) =>
    one.lines.map((line, i) => ({ ...line, line: i + 1, statementId: idOf.get(one.number) })),
  );
  for (const slice of slices(lines)) await addLines(client, tenantId, slice);
  await client.query(
    `INSERT INTO billing_totals (tenant_id, period, statements, clicks, flagged, adjusted, billable, cost_micros, unpriced_clicks,
       impressions, conversions)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
    [
      tenantId,
      period,
      statements.length,
      totals.clicks,
      totals.flagged,
      totals.adjusted,
      totals.billable,
      microsOf(totals),
      unpricedClicks,
      totals.impressions,
      totals.conversions,
    ],
  );
}

function* slices<T>(all: readonly T[]): Generator<readonly T[]> {
  for (let from = 0; from < all.length; from += ROWS_MAX) yield all.slice(from, from + ROWS_MAX);
}

/** As text: a number may be beyond 2^53. Which currency does not matter here. */
const microsOf = ({ cost }: { cost: string }): string => String(fromDecimal(cost, '').micros);

async function addHeads(
  client: pg.PoolClient,
  tenantId: number,
  period: string,
  heads: readonly NewStatement[],
): Promise<{ number: string; id: number }[]> {
  const { rows } = await client.query<{ number: string; id: number }>(
    `INSERT INTO statements (tenant_id, period, number, advertiser_id, advertiser_name, clicks, flagged, adjusted, billable,
       cost_micros, checksum, csv_version, impressions, conversions)
     SELECT $1, $2, s.* FROM unnest($3::text[], $4::text[], $5::text[], $6::bigint[], $7::bigint[], $8::bigint[], $9::bigint[],
       $10::numeric[], $11::text[], $12::integer[], $13::bigint[], $14::bigint[]) AS s
     RETURNING number, statement_id AS id`,
    [
      tenantId,
      period,
      heads.map(({ number }) => number),
      heads.map(({ advertiserId }) => advertiserId),
      heads.map(({ advertiserName }) => advertiserName),
      heads.map(({ clicks }) => clicks),
      heads.map(({ flagged }) => flagged),
      heads.map(({ adjusted }) => adjusted),
      heads.map(({ billable }) => billable),
      heads.map(microsOf),
      heads.map(({ checksum }) => checksum),
      heads.map(({ csvVersion }) => csvVersion),
      heads.map(({ impressions }) => impressions),
      heads.map(({ conversions }) => conversions),
    ],
  );
  return rows;
}

async function addLines(
  client: pg.PoolClient,
  tenantId: number,
  lines: readonly (StatementLine & { line: number; statementId: number | undefined })[],
): Promise<void> {
  await client.query(
    `INSERT INTO statement_lines (tenant_id, statement_id, line, campaign_id, campaign_name, is_correction, cost_per_click_micros,
       clicks, flagged, adjusted, billable, cost_micros, fingerprint, pricing_model, price_micros, impressions, conversions)
     SELECT $1, l.* FROM unnest($2::bigint[], $3::integer[], $4::text[], $5::text[], $6::boolean[], $7::bigint[], $8::bigint[],
       $9::bigint[], $10::bigint[], $11::bigint[], $12::numeric[], $13::text[], $14::text[], $15::bigint[], $16::bigint[], $17::bigint[]) AS l`,
    [
      tenantId,
      lines.map(({ statementId }) => statementId),
      lines.map(({ line }) => line),
      lines.map((line) => line.campaign_id),
      lines.map((line) => line.campaign_name),
      lines.map((line) => line.is_correction),
      lines.map((line) => line.cost_per_click_micros),
      lines.map(({ clicks }) => clicks),
      lines.map(({ flagged }) => flagged),
      lines.map(({ adjusted }) => adjusted),
      lines.map(({ billable }) => billable),
      lines.map(microsOf),
      lines.map(({ fingerprint }) => fingerprint),
      lines.map((line) => line.pricing_model),
      lines.map((line) => (line.pricing_model === 'cpc' ? null : line.price_micros)),
      lines.map(({ impressions }) => impressions),
      lines.map(({ conversions }) => conversions),
    ],
  );
}
