import type { StatementHead, StatementLine, StatementReply, StatementsQuery } from '@clickledger/contract';
import type pg from 'pg';
import type { Totals } from './billing-periods.js';
import { ISO_UTC } from './sql.js';

/** A statement to be stored. */
export interface NewStatement extends Totals {
  number: string;
  advertiserId: string;
  advertiserName: string | null;
  checksum: string;
  csvVersion: number;
  lines: readonly StatementLine[];
}

const HEAD = `s.statement_id, s.number, s.period, ${ISO_UTC('p.from_time')} AS from_time, ${ISO_UTC('p.to_time')} AS to_time,
  p.time_zone, p.currency, s.advertiser_id, s.advertiser_name, s.clicks, s.flagged, s.adjusted, s.billable, s.cost_micros,
  s.checksum, ${ISO_UTC('p.closed_at')} AS closed_at, p.closed_by`;
const TERMS = `CASE WHEN t.period IS NOT NULL THEN jsonb_build_object('issuer_name', t.issuer_name,
    'issuer_address', t.issuer_address, 'issuer_contact', t.issuer_contact, 'payment_days', t.payment_days,
    'tax_label', t.tax_label, 'tax_percent', t.tax_percent::float8, 'payment_note', t.payment_note) END AS terms,
  ((p.closed_at AT TIME ZONE p.time_zone)::date + t.payment_days)::text AS due_on`;
const FROM = 'statements s JOIN billing_periods p ON p.tenant_id = s.tenant_id AND p.period = s.period';

/** A page of a tenant's statements, newest first. */
export async function listStatements(
  pool: pg.Pool,
  tenantId: number,
  query: StatementsQuery,
): Promise<{ data: StatementHead[]; next_before: number | null }> {
  const { rows } = await pool.query<StatementHead>(
    `SELECT ${HEAD} FROM ${FROM}
     WHERE s.tenant_id = $1 AND ($2::bigint IS NULL OR s.statement_id < $2) AND ($3::text IS NULL OR s.period = $3)
       AND ($4::text IS NULL OR s.advertiser_id = $4)
     ORDER BY s.statement_id DESC LIMIT $5`,
    [tenantId, query.before ?? null, query.period ?? null, query.advertiser_id ?? null, query.limit + 1],
  );
  const data = rows.slice(0, query.limit);
  return { data, next_before: rows.length > query.limit ? (data.at(-1)?.statement_id ?? null) : null };
}

/** One statement with its lines; null when the tenant has none with this id. */
export async function findStatement(
  pool: pg.Pool,
  tenantId: number,
  statementId: number,
): Promise<StatementReply | null> {
  const { rows } = await pool.query<Omit<StatementReply, 'lines'>>(
    `SELECT ${HEAD}, ${TERMS} FROM ${FROM}
     LEFT JOIN statement_terms t ON t.tenant_id = s.tenant_id AND t.period = s.period
     WHERE s.tenant_id = $1 AND s.statement_id = $2`,
    [tenantId, statementId],
  );
  const [head] = rows;
  return head ? { ...head, lines: await linesOf(pool, statementId) } : null;
}

const LINE = `l.campaign_id, l.campaign_name, l.is_correction, l.cost_per_click_micros, l.clicks, l.flagged, l.adjusted,
  l.billable, l.cost_micros, l.fingerprint`;

async function linesOf(pool: pg.Pool, statementId: number): Promise<StatementLine[]> {
  const { rows } = await pool.query<StatementLine>(
    `SELECT ${LINE} FROM statement_lines l WHERE l.statement_id = $1 ORDER BY l.line`,
    [statementId],
  );
  return rows;
}

/** A statement of a month, without what all of the month's statements say. */
export type MonthStatement = Omit<StatementReply, 'terms' | 'due_on'>;

/** Every statement of a month with its lines, by number. */
export async function listWholeStatements(
  pool: pg.Pool,
  tenantId: number,
  period: string,
): Promise<MonthStatement[]> {
  const { rows } = await pool.query<StatementHead>(
    `SELECT ${HEAD} FROM ${FROM} WHERE s.tenant_id = $1 AND s.period = $2 ORDER BY s.statement_id`,
    [tenantId, period],
  );
  const { rows: lines } = await pool.query<StatementLine & { statement_id: number }>(
    `SELECT l.statement_id, ${LINE} FROM statement_lines l JOIN statements s USING (statement_id)
     WHERE s.tenant_id = $1 AND s.period = $2 ORDER BY l.statement_id, l.line`,
    [tenantId, period],
  );
  const whole = new Map(rows.map((head) => [head.statement_id, { ...head, lines: [] as StatementLine[] }]));
  for (const { statement_id: id, ...line } of lines) whole.get(id)?.lines.push(line);
  return [...whole.values()];
}

/** Stores a month's statements and their sum; what is there can not be stored again, or changed. */
export async function addStatements(
  client: pg.PoolClient,
  tenantId: number,
  period: string,
  statements: readonly NewStatement[],
): Promise<void> {
  for (const one of statements) {
    const { rows } = await client.query<{ statement_id: number }>(
      `INSERT INTO statements (tenant_id, period, number, advertiser_id, advertiser_name, clicks, flagged, adjusted, billable,
         cost_micros, checksum, csv_version)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) RETURNING statement_id`,
      [
        ...[tenantId, period, one.number, one.advertiserId, one.advertiserName, one.clicks, one.flagged],
        ...[one.adjusted, one.billable, one.cost_micros, one.checksum, one.csvVersion],
      ],
    );
    await client.query(
      `INSERT INTO statement_lines (tenant_id, statement_id, line, campaign_id, campaign_name, is_correction, cost_per_click_micros, clicks,
         flagged, adjusted, billable, cost_micros, fingerprint)
       SELECT $13, $1, l.* FROM unnest($2::integer[], $3::text[], $4::text[], $5::boolean[], $6::bigint[], $7::bigint[],
         $8::bigint[], $9::bigint[], $10::bigint[], $11::bigint[], $12::text[]) AS l`,
      [
        rows[0]?.statement_id,
        one.lines.map((_, i) => i + 1),
        one.lines.map((line) => line.campaign_id),
        one.lines.map((line) => line.campaign_name),
        one.lines.map((line) => line.is_correction),
        one.lines.map((line) => line.cost_per_click_micros),
        one.lines.map((line) => line.clicks),
        one.lines.map((line) => line.flagged),
        one.lines.map((line) => line.adjusted),
        one.lines.map((line) => line.billable),
        one.lines.map((line) => line.cost_micros),
        one.lines.map((line) => line.fingerprint),
        tenantId,
      ],
    );
  }
  const sum = (of: keyof Totals) => statements.reduce((total, one) => total + one[of], 0);
  await client.query(
    `INSERT INTO billing_totals (tenant_id, period, statements, clicks, flagged, adjusted, billable, cost_micros)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [
      ...[tenantId, period, statements.length, sum('clicks'), sum('flagged'), sum('adjusted')],
      ...[sum('billable'), sum('cost_micros')],
    ],
  );
}
