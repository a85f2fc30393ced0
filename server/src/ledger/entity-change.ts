import { type EntityChange, LIMITS } from '@clickledger/contract';
import type pg from 'pg';
import { inTransaction } from '../lib/transaction.js';
import { CAMPAIGN, columnsOf, type EntityKind } from './entity-kinds.js';
import { CREATED_AT } from './entity-list.js';

export interface Edit {
  tenantId: number;
  kind: EntityKind;
  id: string;
  /** New values by column; others stay as they are. Columns that the kind doesn't have are ignored. */
  fields: Readonly<Record<string, unknown>>;
  /** Who, for the history. */
  changedBy: string;
}

/**
 * Changes an entity and notes what changed in the audit log, in one transaction.
 *
 * @param makeIfAbsent sets up one that no click has named yet
 * @returns as it is now; null when there is none
 */
export async function changeEntity<T>(pool: pg.Pool, edit: Edit, makeIfAbsent: boolean): Promise<T | null> {
  return inTransaction(pool, (client) => changeIn<T>(client, edit, makeIfAbsent));
}

async function changeIn<T>(client: pg.PoolClient, edit: Edit, makeIfAbsent: boolean): Promise<T | null> {
  const { tenantId, kind, id, fields, changedBy } = edit;
  const { table, idColumn } = kind;
  const columns = columnsOf(kind).filter((column) => column !== idColumn && fields[column] !== undefined);
  const values = columns.map((column) => fields[column]);
  let isNew = false;
  if (makeIfAbsent) {
    const { rowCount } = await client.query(
      `INSERT INTO ${table} (tenant_id, ${[idColumn, ...columns].join(', ')})
       VALUES ($1, $2${columns.map((_, i) => `, $${i + 3}`).join('')}) ON CONFLICT DO NOTHING`,
      [tenantId, id, ...values],
    );
    isNew = rowCount === 1;
  }
  // Locked, so that two edits at once are two changes in the history, one after the other.
  const { rows: old } = await client.query(
    `SELECT to_jsonb(e) AS row FROM ${table} e WHERE tenant_id = $1 AND ${idColumn} = $2 FOR UPDATE`,
    [tenantId, id],
  );
  if (old.length === 0) return null;
  // A click of a known campaign registers no advertiser: whoever sets up or moves the campaign does. After the campaign, as
  // `register_clicked` has it: the other way round each could wait for the other.
  if (kind === CAMPAIGN && fields.advertiser_id !== undefined)
    await client.query(
      'INSERT INTO advertisers (tenant_id, advertiser_id) VALUES ($1, $2) ON CONFLICT DO NOTHING',
      [tenantId, fields.advertiser_id],
    );
  const assignments = columns.map((column, i) => `${column} = $${i + 3}`);
  if (!isNew && columns.length > 0)
    await client.query(
      `UPDATE ${table} SET ${assignments.join(', ')} WHERE tenant_id = $1 AND ${idColumn} = $2`,
      [tenantId, id, ...values],
    );
  await client.query(
    `SELECT note_change($1, $2, $3, $4, to_jsonb(e), $5) FROM ${table} e WHERE tenant_id = $1 AND ${idColumn} = $3`,
    [tenantId, kind.kind, id, isNew ? {} : old[0].row, changedBy],
  );
  const { rows } = await client.query(
    `SELECT ${columnsOf(kind).join(', ')}, ${CREATED_AT} FROM ${table} WHERE tenant_id = $1 AND ${idColumn} = $2`,
    [tenantId, id],
  );
  return rows[0] as T;
}

/** What was changed of an entity, newest first, at most `LIMITS.changesMax`. */
export async function listChanges(
  pool: pg.Pool,
  tenantId: number,
  kind: EntityKind,
  id: string,
): Promise<EntityChange[]> {
  const { rows } = await pool.query<EntityChange>(
    `SELECT to_char(changed_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS changed_at,
            changed_by, field, old_value, new_value
     FROM entity_changes WHERE tenant_id = $1 AND entity = $2 AND entity_id = $3
     ORDER BY change_id DESC, field DESC LIMIT $4`,
    [tenantId, kind.kind, id, LIMITS.changesMax],
  );
  return rows;
}
