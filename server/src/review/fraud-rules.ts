import {
  DEFAULT_RULE_SETTINGS,
  LIMITS,
  type ListEntryInput,
  type ListEntryReply,
  type RuleSettings,
  type RuleVersionsReply,
} from '@clickledger/contract';
import type pg from 'pg';
import { recordAudit } from '../audit/audit.js';
import type { ListEntry } from '../fraud/lists.js';
import { ISO_UTC } from '../lib/sql.js';
import { inTransaction } from '../lib/transaction.js';

/** Test data is judged by the rules and lists of its organization. */
const RULES_OF = 'coalesce((SELECT test_of FROM tenants WHERE tenant_id = $1), $1)';

/** A tenant's rules as they are in force; version 0 and the defaults until something was changed. */
export async function readRules(
  pool: pg.Pool,
  tenantId: number,
): Promise<{ version: number; settings: RuleSettings }> {
  const { rows } = await pool.query<{ version: number; settings: Partial<RuleSettings> }>(
    `SELECT version, settings FROM fraud_rule_sets WHERE tenant_id = ${RULES_OF} ORDER BY version DESC LIMIT 1`,
    [tenantId],
  );
  const [row] = rows;
  // A rule that is younger than the stored version has its default.
  return { version: row?.version ?? 0, settings: { ...DEFAULT_RULE_SETTINGS, ...row?.settings } };
}

/** Stores a new version, with these rules changed, and returns its number. */
export function changeRules(
  pool: pg.Pool,
  tenantId: number,
  change: { changed: Partial<RuleSettings>; note: string; changedBy: string },
): Promise<number> {
  const { changed, note, changedBy } = change;
  return inTransaction(pool, async (client) => {
    const { rows } = await client.query<{ version: number }>(
      'SELECT add_rule_set($1, $2, $3, $4, $5) AS version',
      [tenantId, JSON.stringify(DEFAULT_RULE_SETTINGS), JSON.stringify(changed), note, changedBy],
    );
    const version = rows[0]?.version ?? 0;
    const { rows: before } = await client.query<{ settings: Partial<RuleSettings> }>(
      'SELECT settings FROM fraud_rule_sets WHERE tenant_id = $1 AND version = $2',
      [tenantId, version - 1],
    );
    const old: RuleSettings = { ...DEFAULT_RULE_SETTINGS, ...before[0]?.settings };
    const names = Object.keys(changed) as (keyof RuleSettings)[];
    await recordAudit(client, {
      tenantId,
      actor: changedBy,
      action: 'rules.change',
      subject: `version ${version}`,
      before: Object.fromEntries(names.map((name) => [name, old[name]])),
      after: { ...changed, ...(note === '' ? {} : { note }) },
    });
    return version;
  });
}

/** Newest first, at most `LIMITS.changesMax`. */
export async function listRuleVersions(pool: pg.Pool, tenantId: number): Promise<RuleVersionsReply['data']> {
  const { rows } = await pool.query<RuleVersionsReply['data'][number]>(
    `SELECT version, settings, note, ${ISO_UTC('created_at')} AS created_at, created_by
     FROM fraud_rule_sets WHERE tenant_id = $1 ORDER BY version DESC LIMIT $2`,
    [tenantId, LIMITS.changesMax],
  );
  return rows.map((row) => ({ ...row, settings: { ...DEFAULT_RULE_SETTINGS, ...row.settings } }));
}

const ENTRY = `entry_id, list, kind, value, note, ${ISO_UTC('expires_at')} AS expires_at,
  ${ISO_UTC('created_at')} AS created_at, created_by`;
const IN_FORCE = 'removed_at IS NULL AND (expires_at IS NULL OR expires_at > now())';

/** The entries in force, newest first. */
export async function listEntries(pool: pg.Pool, tenantId: number): Promise<ListEntryReply[]> {
  const { rows } = await pool.query<ListEntryReply>(
    `SELECT ${ENTRY} FROM fraud_list_entries WHERE tenant_id = $1 AND ${IN_FORCE} ORDER BY entry_id DESC LIMIT $2`,
    [tenantId, LIMITS.listEntriesMax],
  );
  return rows;
}

/** Adds an entry; one that is there already is renewed with the new note and expiry. Null: the lists are full. */
export function addEntry(
  pool: pg.Pool,
  tenantId: number,
  entry: ListEntryInput,
  changedBy: string,
): Promise<ListEntryReply | null> {
  const { list, kind, value, note, expires_at } = entry;
  return inTransaction(pool, async (client) => {
    const { rows } = await client.query<ListEntryReply>(
      `INSERT INTO fraud_list_entries AS e (tenant_id, list, kind, value, note, expires_at, created_by)
       SELECT $1, $2, $3, $4, $5, $6, $7
       WHERE (SELECT count(*) FROM fraud_list_entries WHERE tenant_id = $1 AND ${IN_FORCE}) < $8
       ON CONFLICT (tenant_id, list, kind, value) WHERE removed_at IS NULL
       DO UPDATE SET note = EXCLUDED.note, expires_at = EXCLUDED.expires_at
       RETURNING ${ENTRY}`,
      [tenantId, list, kind, value, note, expires_at, changedBy, LIMITS.listEntriesMax],
    );
    const [added] = rows;
    if (!added) return null;
    await recordAudit(client, {
      tenantId,
      actor: changedBy,
      action: 'list.add',
      subject: `entry ${added.entry_id}`,
      before: null,
      after: auditFields(added),
    });
    return added;
  });
}

/** Takes an entry off; false when there is none in force with this id. */
export function removeEntry(
  pool: pg.Pool,
  tenantId: number,
  entryId: number,
  changedBy: string,
): Promise<boolean> {
  return inTransaction(pool, async (client) => {
    const { rows } = await client.query<ListEntryReply>(
      `UPDATE fraud_list_entries SET removed_at = now(), removed_by = $3
       WHERE tenant_id = $1 AND entry_id = $2 AND removed_at IS NULL RETURNING ${ENTRY}`,
      [tenantId, entryId, changedBy],
    );
    const [removed] = rows;
    if (!removed) return false;
    await recordAudit(client, {
      tenantId,
      actor: changedBy,
      action: 'list.remove',
      subject: `entry ${entryId}`,
      before: auditFields(removed),
      after: null,
    });
    return true;
  });
}

/** Without the address or user that an entry names: the audit log is kept for good, and holds nothing of people. */
const auditFields = ({ list, kind, value, note, expires_at }: ListEntryReply) => ({
  list,
  kind,
  note,
  expires_at,
  ...(kind === 'address' || kind === 'user' ? {} : { value }),
});

/** What the look-up of a tenant's lists is made from. */
export async function readListEntries(pool: pg.Pool, tenantId: number): Promise<ListEntry[]> {
  const { rows } = await pool.query<ListEntry>(
    `SELECT entry_id AS "entryId", list, kind, value, (extract(epoch FROM expires_at) * 1000)::float8 AS "expiresAtMs"
     FROM fraud_list_entries WHERE tenant_id = ${RULES_OF} AND ${IN_FORCE} ORDER BY entry_id LIMIT $2`,
    [tenantId, LIMITS.listEntriesMax],
  );
  return rows;
}

/** How often the rules and lists of each tenant, and of its test data, were changed; tenants that never did are not in it. */
export async function readRevisions(pool: pg.Pool): Promise<Map<number, number>> {
  const { rows } = await pool.query<{ tenant_id: number; revision: number }>(
    `SELECT tenant_id, revision FROM fraud_revisions
     UNION ALL
     SELECT t.tenant_id, r.revision FROM tenants t JOIN fraud_revisions r ON r.tenant_id = t.test_of WHERE t.test_ended_at IS NULL`,
  );
  return new Map(rows.map((row) => [row.tenant_id, row.revision]));
}
