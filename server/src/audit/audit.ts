import type { AuditAction, AuditEntry, AuditQuery, AuditReply } from '@clickledger/contract';
import type pg from 'pg';
import { ISO_UTC } from '../lib/sql.js';

/** Something that somebody did, for the audit log. */
export interface AuditRecord {
  tenantId: number;
  /** Who: `Caller.actor`. */
  actor: string;
  action: AuditAction;
  /** To which campaign, key, list entry …: an id that a person can look up, never personal data or a secret. */
  subject: string;
  /** The fields that changed, before and after; null when there was, or is, nothing. Never a secret. */
  before: Readonly<Record<string, unknown>> | null;
  after: Readonly<Record<string, unknown>> | null;
}

/**
 * Notes it in the audit log.
 *
 * @param client in the transaction of the change itself, so that there is never one without the other
 */
export async function recordAudit(client: pg.PoolClient, record: AuditRecord): Promise<void> {
  await client.query(
    `INSERT INTO audit_log (tenant_id, actor, action, subject, old_values, new_values)
     VALUES ($1, $2, $3, $4, $5, $6)`,
    [
      record.tenantId,
      record.actor,
      record.action,
      record.subject,
      record.before === null ? null : JSON.stringify(record.before),
      record.after === null ? null : JSON.stringify(record.after),
    ],
  );
}

/** A page of a tenant's log, newest first. */
export async function listAudit(pool: pg.Pool, tenantId: number, query: AuditQuery): Promise<AuditReply> {
  const values: unknown[] = [tenantId, query.limit + 1];
  const conditions = ['tenant_id = $1'];
  const add = (condition: (place: string) => string, value: unknown) => {
    if (value !== undefined) conditions.push(condition(`$${values.push(value)}`));
  };
  add((place) => `audit_id < ${place}`, query.before);
  add((place) => `actor = ${place}`, query.actor);
  add((place) => `subject = ${place}`, query.subject);
  add((place) => `split_part(action, '.', 1) = ${place}`, query.kind);
  add(
    (place) =>
      `strpos(lower(concat_ws(' ', actor, action, subject, old_values::text, new_values::text)), lower(${place})) > 0`,
    query.search,
  );
  add((place) => `at >= ${place}`, query.start_time);
  add((place) => `at < ${place}`, query.end_time);
  const { rows } = await pool.query<AuditEntry>(
    `SELECT audit_id, ${ISO_UTC('at')} AS at, actor, action, subject, old_values AS before, new_values AS after
     FROM audit_log WHERE ${conditions.join(' AND ')} ORDER BY audit_id DESC LIMIT $2`,
    values,
  );
  const data = rows.slice(0, query.limit);
  return { data, next_before: rows.length > query.limit ? (data.at(-1)?.audit_id ?? null) : null };
}
