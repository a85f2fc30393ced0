import type pg from 'pg';
import { ISO_UTC } from '../lib/sql.js';

type Client = Pick<pg.PoolClient, 'query'>;

const GOOD_FOR_SECONDS = 3_600;
/** Links of one member within that time. */
const LINKS_MAX = 5;

/** A link for a member; null when they got as many as they may. */
export async function addReset(
  client: Client,
  memberId: number,
  tokenHash: Buffer,
): Promise<{ expiresAt: string } | null> {
  const { rows } = await client.query<{ expiresAt: string }>(
    `INSERT INTO password_resets (token_hash, member_id, tenant_id, expires_at)
     SELECT $2, member_id, tenant_id, now() + make_interval(secs => $3) FROM members
     WHERE member_id = $1
       AND (SELECT count(*) FROM password_resets WHERE member_id = $1 AND created_at > now() - make_interval(secs => $3)) < $4
     RETURNING ${ISO_UTC('expires_at')} AS "expiresAt"`,
    [memberId, tokenHash, GOOD_FOR_SECONDS, LINKS_MAX],
  );
  return rows[0] ?? null;
}

/** Whether a link is good now. */
export async function isResetOpen(client: Client, tokenHash: Buffer): Promise<boolean> {
  const { rowCount } = await client.query(
    'SELECT FROM password_resets WHERE token_hash = $1 AND used_at IS NULL AND expires_at > now()',
    [tokenHash],
  );
  return rowCount === 1;
}

/** Uses a link up, and every other one of the member: whose it was, once. */
export async function useReset(
  client: Client,
  tokenHash: Buffer,
): Promise<{ memberId: number; tenantId: number; email: string } | null> {
  const { rows } = await client.query<{ memberId: number; tenantId: number; email: string }>(
    `UPDATE password_resets r SET used_at = now() FROM members m
     WHERE r.token_hash = $1 AND r.used_at IS NULL AND r.expires_at > now() AND m.member_id = r.member_id
     RETURNING m.member_id AS "memberId", m.tenant_id AS "tenantId", m.email`,
    [tokenHash],
  );
  const [row] = rows;
  if (row)
    await client.query(
      'UPDATE password_resets SET used_at = now() WHERE member_id = $1 AND used_at IS NULL',
      [row.memberId],
    );
  return row ?? null;
}
