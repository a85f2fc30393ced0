import type { Member } from '@clickledger/contract';
import type pg from 'pg';
import { dropOldDevices } from './known-devices.js';
import { dropFadedTries } from './sign-in-tries.js';

/** A session is over after this time without a request … */
export const SESSION_IDLE_SECONDS_MAX = 7 * 86_400;
/** … and in any case after this time. */
export const SESSION_SECONDS_MAX = 30 * 86_400;
/** One that waits for the second factor. */
const HALF_SESSION_SECONDS_MAX = 600;
/** How late `last_seen_at` may be: it is written no more often than that. */
const SEEN_SECONDS = 300;

/** Who a session is of, as the ledger has it now. */
export interface SessionRow {
  memberId: number;
  tenantId: number;
  email: string;
  role: Member['role'];
  advertiserIds: string[];
  hasSecondFactor: boolean;
  /** The second factor is still asked for. */
  isHalf: boolean;
}

/** Opens a session and returns for how long, in seconds. */
export async function openSession(
  pool: Pick<pg.Pool, 'query'>,
  session: { hash: Buffer; memberId: number; isHalf: boolean },
): Promise<number> {
  const seconds = session.isHalf ? HALF_SESSION_SECONDS_MAX : SESSION_SECONDS_MAX;
  await pool.query(
    `INSERT INTO sessions (session_hash, member_id, tenant_id, is_half, expires_at)
     SELECT $1, member_id, tenant_id, $3, now() + make_interval(secs => $4) FROM members WHERE member_id = $2`,
    [session.hash, session.memberId, session.isHalf, seconds],
  );
  return seconds;
}

/** The session of this token's hash; null when it is over, or never was. */
export async function findSession(pool: pg.Pool, hash: Buffer): Promise<SessionRow | null> {
  const { rows } = await pool.query<SessionRow & { isOld: boolean }>({
    name: 'find_session',
    text: `SELECT m.member_id AS "memberId", m.tenant_id AS "tenantId", m.email, m.role, m.advertiser_ids AS "advertiserIds",
       m.totp_since IS NOT NULL AS "hasSecondFactor", s.is_half AS "isHalf",
       s.last_seen_at < now() - make_interval(secs => $3) AS "isOld"
     FROM sessions s JOIN members m USING (member_id)
     WHERE s.session_hash = $1 AND s.expires_at > now() AND s.last_seen_at > now() - make_interval(secs => $2)`,
    values: [hash, SESSION_IDLE_SECONDS_MAX, SEEN_SECONDS],
  });
  const [row] = rows;
  if (!row) return null;
  const { isOld, ...session } = row;
  if (isOld) await pool.query('UPDATE sessions SET last_seen_at = now() WHERE session_hash = $1', [hash]);
  return session;
}

export async function closeSession(pool: Pick<pg.Pool, 'query'>, hash: Buffer): Promise<void> {
  await pool.query('DELETE FROM sessions WHERE session_hash = $1', [hash]);
}

/** Ends every session of a member, but for the one given. */
export async function closeSessionsOf(
  pool: Pick<pg.Pool, 'query'>,
  memberId: number,
  except: Buffer | null = null,
): Promise<void> {
  await pool.query(
    'DELETE FROM sessions WHERE member_id = $1 AND ($2::bytea IS NULL OR session_hash <> $2)',
    [memberId, except],
  );
}

/** Drops what is over: sessions, links that were never followed, tries and devices that no longer count. */
export async function dropExpiredAccess(pool: pg.Pool): Promise<void> {
  await pool.query(
    'DELETE FROM sessions WHERE expires_at < now() OR last_seen_at < now() - make_interval(secs => $1)',
    [SESSION_IDLE_SECONDS_MAX],
  );
  await pool.query(`DELETE FROM password_resets WHERE expires_at < now() - interval '1 day'`);
  await dropFadedTries(pool);
  await dropOldDevices(pool);
}
