import {
  money,
  type StatementHead,
  type StatementLine,
  type StatementReply,
  type StatementsQuery,
  toAmountFields,
} from '@clickledger/contract';
import type pg from 'pg';
import { ISO_UTC } from '../lib/sql.js';

/** An amount as PostgreSQL gives it: text, since it may be beyond 2^53. */
type Stored<T> = Omit<T, 'cost_micros' | 'cost'> & { cost_micros: string };

const withAmount = <T extends { cost_micros: string }>(row: T, currency: string) => ({
  ...row,
  ...toAmountFields(money(row.cost_micros, currency)),
});

const HEAD = `s.statement_id, s.number, s.period, ${ISO_UTC('p.from_time')} AS from_time, ${ISO_UTC('p.to_time')} AS to_time,
  p.time_zone, p.currency, s.advertiser_id, s.advertiser_name, s.clicks, s.flagged, s.adjusted, s.billable,
  s.impressions, s.conversions, s.cost_micros::text AS cost_micros, s.checksum, s.csv_version, ${ISO_UTC('p.closed_at')} AS closed_at, p.closed_by`;
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
  const { rows } = await pool.query<Stored<StatementHead>>(
    `SELECT ${HEAD} FROM ${FROM}
     WHERE s.tenant_id = $1 AND ($2::bigint IS NULL OR s.statement_id < $2) AND ($3::text IS NULL OR s.period = $3)
       AND ($4::text IS NULL OR s.advertiser_id = $4)
     ORDER BY s.statement_id DESC LIMIT $5`,
    [tenantId, query.before ?? null, query.period ?? null, query.advertiser_id ?? null, query.limit + 1],
  );
  const data = rows.slice(0, query.limit).map((row) => withAmount(row, row.currency));
  return { data, next_before: rows.length > query.limit ? (data.at(-1)?.statement_id ?? null) : null };
}

/** One statement with its lines; null when the tenant has none with this id. */
export async function findStatement(
  pool: pg.Pool,
  tenantId: number,
  statementId: number,
): Promise<StatementReply | null> {
  const { rows } = await pool.query<Stored<Omit<StatementReply, 'lines'>>>(
    `SELECT ${HEAD}, ${TERMS} FROM ${FROM}
     LEFT JOIN statement_terms t ON t.tenant_id = s.tenant_id AND t.period = s.period
     WHERE s.tenant_id = $1 AND s.statement_id = $2`,
    [tenantId, statementId],
  );
  const [head] = rows;
  if (!head) return null;
  return { ...withAmount(head, head.currency), lines: await linesOf(pool, statementId, head.currency) };
}

const LINE = `l.campaign_id, l.campaign_name, l.is_correction, l.pricing_model,
  coalesce(l.price_micros, l.cost_per_click_micros) AS price_micros, l.cost_per_click_micros, l.clicks, l.flagged, l.adjusted,
  l.billable, l.impressions, l.conversions, l.cost_micros::text AS cost_micros, l.fingerprint`;

async function linesOf(pool: pg.Pool, statementId: number, currency: string): Promise<StatementLine[]> {
  const { rows } = await pool.query<Stored<StatementLine>>(
    `SELECT ${LINE} FROM statement_lines l WHERE l.statement_id = $1 ORDER BY l.line`,
    [statementId],
  );
  return rows.map((row) => withAmount(row, currency));
}

/** A statement of a month, without what all of the month's statements say. */
export type MonthStatement = Omit<StatementReply, 'terms' | 'due_on'>;

/** A page of a month's statements with their lines, by advertiser, and so by number. */
export async function listWholeStatements(
  pool: pg.Pool,
  tenantId: number,
  period: string,
  page: { after: string | null; limit: number },
): Promise<MonthStatement[]> {
  const { rows } = await pool.query<Stored<StatementHead>>(
    `SELECT ${HEAD} FROM ${FROM}
     WHERE s.tenant_id = $1 AND s.period = $2 AND ($3::text IS NULL OR s.advertiser_id COLLATE "C" > $3)
     ORDER BY s.advertiser_id COLLATE "C" LIMIT $4`,
    [tenantId, period, page.after, page.limit],
  );
  const { rows: lines } = await pool.query<Stored<StatementLine> & { statement_id: number }>(
    `SELECT l.statement_id, ${LINE} FROM statement_lines l WHERE l.statement_id = ANY ($1) ORDER BY l.statement_id, l.line`,
    [rows.map((row) => row.statement_id)],
  );
  const whole = new Map(
    rows.map((row) => [row.statement_id, { ...withAmount(row, row.currency), lines: [] as StatementLine[] }]),
  );
  for (const { statement_id: id, ...line } of lines) {
    const statement = whole.get(id);
    statement?.lines.push(withAmount(line, statement.currency));
  }
  return [...whole.values()];
}
