import { type AmountFields, money, toAmountFields } from '@clickledger/contract';
import type pg from 'pg';
import { recordAudit } from '../audit/audit.js';
import { CHUNK_BATCHES_MAX, CHUNK_CLICKS_MAX } from '../ledger/chunks.js';
import { type Database, ISO_UTC } from '../lib/sql.js';

/** What statements say of the account itself: columns of `tenants` that a closing copies to `statement_terms`. */
const STATEMENT_TERMS =
  'issuer_name, issuer_address, issuer_contact, payment_days, tax_label, tax_percent, payment_note';

/** A month of an account, as it is or would be closed. */
export interface Month {
  /** `2026-11` */
  period: string;
  /** ISO 8601 in UTC; the end excluded. */
  fromTime: string;
  toTime: string;
}

/** As the API has them. */
export interface Totals extends AmountFields {
  clicks: number;
  flagged: number;
  adjusted: number;
  billable: number;
  /** Of campaigns that are billed by them; likewise conversions. */
  impressions: number;
  conversions: number;
}

export interface ClosedMonth extends Month {
  timeZone: string;
  currency: string;
  billedSince: string;
  /** Chunks after this one and up to the other bring what came late. */
  afterChunkId: number;
  uptoChunkId: number;
  closedAt: string;
  closedBy: string;
  statements: number | null;
  /** Null when its statements are still to be made. */
  totals: Totals | null;
  /** Clicks without a price, that are in no statement. */
  unpricedClicks: number;
}

/** Where a month begins and ends in a zone. Days of 23 and 25 hours are the zone's own affair. */
export async function readMonth(database: Database, period: string, timeZone: string): Promise<Month> {
  const { rows } = await database.query<{ from_time: string; to_time: string }>(
    `SELECT ${ISO_UTC('(month AT TIME ZONE $2)')} AS from_time,
            ${ISO_UTC(`((month + interval '1 month') AT TIME ZONE $2)`)} AS to_time
     FROM (SELECT ($1::text || '-01')::timestamp AS month) AS months`,
    [period, timeZone],
  );
  return { period, fromTime: rows[0]?.from_time ?? '', toTime: rows[0]?.to_time ?? '' };
}

/**
 * When a tenant was made, and since when months have all of their clicks, both in milliseconds since 1970: retention has dropped clicks
 * of a month that began before.
 */
export async function readKept(
  database: Database,
  tenantId: number,
): Promise<{ createdMs: number; wholeFromMs: number }> {
  const ms = (time: string) => `(extract(epoch FROM ${time}) * 1000)::float8`;
  const { rows } = await database.query<{ createdMs: number; wholeFromMs: number }>(
    `SELECT ${ms('t.created_at')} AS "createdMs",
       CASE WHEN w.kept_from <= t.created_at THEN 0 ELSE ${ms(`(w.kept_from + interval '1 hour')`)} END AS "wholeFromMs"
     FROM tenants t, retention_watermark w WHERE t.tenant_id = $1`,
    [tenantId],
  );
  return rows[0] ?? { createdMs: 0, wholeFromMs: 0 };
}

/** A tenant's closed months, newest first. */
export async function listClosedMonths(database: Database, tenantId: number): Promise<ClosedMonth[]> {
  const { rows } = await database.query<
    Omit<ClosedMonth, 'totals'> & Omit<Totals, 'cost_micros' | 'cost'> & { costMicros: string | null }
  >(
    `SELECT p.period, ${ISO_UTC('p.from_time')} AS "fromTime", ${ISO_UTC('p.to_time')} AS "toTime", p.time_zone AS "timeZone",
       p.currency, ${ISO_UTC('p.billed_since')} AS "billedSince", p.after_chunk_id AS "afterChunkId",
       p.upto_chunk_id AS "uptoChunkId", ${ISO_UTC('p.closed_at')} AS "closedAt", p.closed_by AS "closedBy", t.statements,
       coalesce(t.unpriced_clicks, 0) AS "unpricedClicks", t.clicks, t.flagged, t.adjusted, t.billable, t.impressions, t.conversions, t.cost_micros::text AS "costMicros"
     FROM billing_periods p LEFT JOIN billing_totals t ON t.tenant_id = p.tenant_id AND t.period = p.period
     WHERE p.tenant_id = $1 ORDER BY p.from_time DESC`,
    [tenantId],
  );
  return rows.map(
    ({ clicks, flagged, adjusted, billable, impressions, conversions, costMicros, ...month }) => {
      if (costMicros === null) return { ...month, totals: null };
      const amount = toAmountFields(money(costMicros, month.currency));
      return {
        ...month,
        totals: { clicks, flagged, adjusted, billable, impressions, conversions, ...amount },
      };
    },
  );
}

/**
 * Closes a month, in a transaction that holds the lock `billing`. Which clicks and adjustments are in it is then fixed; its statements are
 * made after it.
 *
 * @throws when the month does not follow the last one that was closed.
 */
export async function closeMonth(
  client: pg.PoolClient,
  tenantId: number,
  { period, fromTime, toTime }: Month,
  terms: { timeZone: string; currency: string; closedBy: string },
): Promise<void> {
  await client.query('SELECT close_billing_period($1, $2, $3, $4, $5, $6, $7, $8, $9)', [
    tenantId,
    period,
    fromTime,
    toTime,
    terms.timeZone,
    terms.currency,
    CHUNK_BATCHES_MAX,
    CHUNK_CLICKS_MAX,
    terms.closedBy,
  ]);
  await client.query(
    `INSERT INTO statement_terms (tenant_id, period, ${STATEMENT_TERMS})
     SELECT tenant_id, $2, ${STATEMENT_TERMS} FROM tenants WHERE tenant_id = $1`,
    [tenantId, period],
  );
  await recordAudit(client, {
    tenantId,
    actor: terms.closedBy,
    action: 'period.close',
    subject: period,
    before: null,
    after: { from_time: fromTime, to_time: toTime },
  });
}
