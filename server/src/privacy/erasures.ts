import type pg from 'pg';

/** One user's clicks, or everybody's that were received in a span, in milliseconds since 1970. */
export type Whose = { userId: string } | { fromMs: number; toMs: number };

/** An erasure that both stores have not finished. */
export interface Erasure {
  erasureId: string;
  tenantId: number;
  whose: Whose;
  /** Makes the keys of the visitors that are left; kept nowhere once the erasure is done. */
  salt: string;
  requestedBy: string;
}

interface Row {
  erasure_id: string;
  tenant_id: number;
  user_id: string | null;
  from_ms: number;
  to_ms: number;
  salt: string;
  requested_by: string;
}

const COLUMNS = `erasure_id, tenant_id, user_id, (extract(epoch FROM from_time) * 1000)::float8 AS from_ms,
  (extract(epoch FROM to_time) * 1000)::float8 AS to_ms, salt, requested_by`;

const fromRow = (row: Row): Erasure => ({
  erasureId: row.erasure_id,
  tenantId: row.tenant_id,
  whose: row.user_id === null ? { fromMs: row.from_ms, toMs: row.to_ms } : { userId: row.user_id },
  salt: row.salt,
  requestedBy: row.requested_by,
});

/** Notes what is to be forgotten, before anything is. One that was noted and not finished is returned as it is, with its salt. */
export async function beginErasure(pool: pg.Pool, erasure: Omit<Erasure, 'erasureId'>): Promise<Erasure> {
  const { tenantId, whose, salt, requestedBy } = erasure;
  const isUser = 'userId' in whose;
  const { rows } = await pool.query<Row>(
    `INSERT INTO erasures (tenant_id, user_id, from_time, to_time, salt, requested_by) VALUES ($1, $2, $3, $4, $5, $6)
     ON CONFLICT ${isUser ? '(tenant_id, user_id) WHERE user_id IS NOT NULL' : '(tenant_id) WHERE user_id IS NULL'}
     DO UPDATE SET requested_by = erasures.requested_by
     RETURNING ${COLUMNS}`,
    [
      tenantId,
      isUser ? whose.userId : null,
      isUser ? null : new Date(whose.fromMs),
      isUser ? null : new Date(whose.toMs),
      salt,
      requestedBy,
    ],
  );
  if (!rows[0]) throw new Error('an erasure was noted, and is not there');
  return fromRow(rows[0]);
}

/** Those that are not finished, of every tenant; of one user each, or of a span. */
export async function unfinishedErasures(pool: pg.Pool): Promise<Erasure[]> {
  const { rows } = await pool.query<Row>(`SELECT ${COLUMNS} FROM erasures ORDER BY tenant_id`);
  return rows.map(fromRow);
}

/** Both stores are done: the salt goes. Of a span, its tenant's clicks are anonymous from here on back. */
export async function endErasure(pool: pg.Pool, { erasureId, tenantId, whose }: Erasure): Promise<void> {
  await pool.query(
    `WITH ended AS (DELETE FROM erasures WHERE erasure_id = $1)
     UPDATE tenants SET anonymous_until = greatest(anonymous_until, $3) WHERE tenant_id = $2 AND $3::timestamptz IS NOT NULL`,
    [erasureId, tenantId, 'userId' in whose ? null : new Date(whose.toMs)],
  );
}
