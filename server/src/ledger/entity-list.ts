import type pg from 'pg';
import { columnsOf, type EntityKind } from './entity-kinds.js';

/** `created_at` as the API gives it, whatever zone the session has. */
export const CREATED_AT = `to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS created_at`;

export interface EntityPage {
  /** Only the children of this parent; null for all. */
  parent: string | null;
  /** Begin after this id; null for the first page. */
  after: string | null;
  limit: number;
}

/** A page of a tenant's entities by id; `next_after` is null on the last one. */
export async function listEntities<T>(
  pool: pg.Pool,
  tenantId: number,
  kind: EntityKind,
  page: EntityPage,
): Promise<{ data: T[]; next_after: string | null }> {
  const { table, idColumn, parentColumn } = kind;
  const values: unknown[] = [tenantId, page.limit + 1];
  const conditions = ['tenant_id = $1'];
  if (parentColumn !== null && page.parent !== null)
    conditions.push(`${parentColumn} = $${values.push(page.parent)}`);
  if (page.after !== null) conditions.push(`${idColumn} > $${values.push(page.after)}`);
  const { rows } = await pool.query(
    `SELECT ${columnsOf(kind).join(', ')}, ${CREATED_AT}
     FROM ${table} WHERE ${conditions.join(' AND ')} ORDER BY ${idColumn} LIMIT $2`,
    values,
  );
  const data = rows.slice(0, page.limit) as T[];
  const last = rows.length > page.limit ? rows[page.limit - 1] : null;
  return { data, next_after: last ? String(last[idColumn]) : null };
}

/** One entity by id; null when the ledger doesn't know it. */
export async function findEntity<T>(
  pool: pg.Pool,
  tenantId: number,
  kind: EntityKind,
  id: string,
): Promise<T | null> {
  const { rows } = await pool.query(
    `SELECT ${columnsOf(kind).join(', ')}, ${CREATED_AT} FROM ${kind.table} WHERE tenant_id = $1 AND ${kind.idColumn} = $2`,
    [tenantId, id],
  );
  return (rows[0] as T | undefined) ?? null;
}
