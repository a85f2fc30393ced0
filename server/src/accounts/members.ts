import { type InvitationInput, LIMITS, type Member, type MemberChange } from '@clickledger/contract';
import type pg from 'pg';
import { LOCKS, lockTransaction } from '../lib/locks.js';
import { ISO_UTC } from '../lib/sql.js';

type Client = Pick<pg.PoolClient, 'query'>;

const MEMBER = `member_id, email, role, advertiser_ids, totp_since IS NOT NULL AS has_second_factor,
  ${ISO_UTC('created_at')} AS created_at, ${ISO_UTC('last_sign_in_at')} AS last_sign_in_at`;

export async function listMembers(client: Client, tenantId: number): Promise<Member[]> {
  const { rows } = await client.query<Member>(
    `SELECT ${MEMBER} FROM members WHERE tenant_id = $1 ORDER BY email LIMIT $2`,
    [tenantId, LIMITS.membersMax],
  );
  return rows;
}

/** Keeps the tenant's members from being changed by others until the transaction ends: the last owner has to stay. */
export async function lockMembers(client: Client, tenantId: number): Promise<Member[]> {
  await lockTransaction(client, LOCKS.members, tenantId);
  return listMembers(client, tenantId);
}

export async function changeMember(
  client: Client,
  tenantId: number,
  memberId: number,
  { role, advertiser_ids }: MemberChange,
): Promise<Member | null> {
  const { rows } = await client.query<Member>(
    `UPDATE members SET role = $3, advertiser_ids = $4 WHERE tenant_id = $1 AND member_id = $2 RETURNING ${MEMBER}`,
    [tenantId, memberId, role, advertiser_ids],
  );
  return rows[0] ?? null;
}

export async function removeMember(client: Client, tenantId: number, memberId: number): Promise<void> {
  await client.query('DELETE FROM members WHERE tenant_id = $1 AND member_id = $2', [tenantId, memberId]);
}

/**
 * Adds a member and returns their id; null when the address is a member's of this tenant already.
 *
 * @param member `isConfirmed`: it was shown that the address is theirs
 */
export async function addMember(
  client: Client,
  tenantId: number,
  member: InvitationInput & { passwordHash: string; isConfirmed: boolean },
): Promise<number | null> {
  const { rows } = await client.query<{ member_id: number }>(
    `INSERT INTO members (tenant_id, email, password_hash, role, advertiser_ids, confirmed_at)
     VALUES ($1, $2, $3, $4, $5, CASE WHEN $6 THEN now() END)
     ON CONFLICT (tenant_id, email) DO NOTHING RETURNING member_id`,
    [tenantId, member.email, member.passwordHash, member.role, member.advertiser_ids, member.isConfirmed],
  );
  return rows[0]?.member_id ?? null;
}

/** What signing in needs to know of a member. */
export interface SignInRow {
  memberId: number;
  tenantId: number;
  tenant: { slug: string; name: string };
  /** It was shown that the address is theirs. */
  isConfirmed: boolean;
  email: string;
  passwordHash: string | null;
  totpSecret: string | null;
  hasSecondFactor: boolean;
  totpLastStep: number;
  recoveryHashes: Buffer[];
}

const SIGN_IN = `m.member_id AS "memberId", m.tenant_id AS "tenantId", m.email, password_hash AS "passwordHash",
  totp_secret AS "totpSecret", totp_since IS NOT NULL AS "hasSecondFactor", totp_last_step AS "totpLastStep",
  recovery_hashes AS "recoveryHashes", confirmed_at IS NOT NULL AS "isConfirmed",
  json_build_object('slug', t.slug, 'name', t.name) AS tenant`;

/**
 * The accounts of an address, at most one an organization: those first whose address is confirmed, then those used last. At most
 * `LIMITS.accountsPerAddressMax`.
 *
 * @param tenant the only organization to look in, by its slug; null: all
 */
export async function findAccounts(
  client: Client,
  email: string,
  tenant: string | null = null,
): Promise<SignInRow[]> {
  const { rows } = await client.query<SignInRow>({
    name: 'find_accounts',
    text: `SELECT ${SIGN_IN} FROM members m JOIN tenants t USING (tenant_id)
     WHERE m.email = $1 AND ($2::text IS NULL OR t.slug = $2)
     ORDER BY confirmed_at IS NULL, last_sign_in_at DESC NULLS LAST, member_id LIMIT $3`,
    values: [email, tenant, LIMITS.accountsPerAddressMax],
  });
  return rows;
}

/** Most accounts that any one address has, at least 1: signing in takes as long for each of them. */
export async function mostAccounts(client: Client): Promise<number> {
  const { rows } = await client.query<{ most: number }>({
    name: 'most_accounts',
    text: `SELECT least($1, coalesce(max(n), 1))::integer AS most
     FROM (SELECT count(*) AS n FROM members GROUP BY email) AS addresses`,
    values: [LIMITS.accountsPerAddressMax],
  });
  return rows[0]?.most ?? 1;
}

export async function findById(client: Client, memberId: number): Promise<SignInRow | null> {
  const { rows } = await client.query<SignInRow>(
    `SELECT ${SIGN_IN} FROM members m JOIN tenants t USING (tenant_id) WHERE member_id = $1`,
    [memberId],
  );
  return rows[0] ?? null;
}

/** Notes that it was shown that the address is the member's. */
export async function confirmMember(client: Client, memberId: number): Promise<void> {
  await client.query('UPDATE members SET confirmed_at = coalesce(confirmed_at, now()) WHERE member_id = $1', [
    memberId,
  ]);
}

export async function noteSignIn(client: Client, memberId: number): Promise<void> {
  await client.query('UPDATE members SET last_sign_in_at = now() WHERE member_id = $1', [memberId]);
}

export async function setPassword(client: Client, memberId: number, passwordHash: string): Promise<void> {
  await client.query('UPDATE members SET password_hash = $2 WHERE member_id = $1', [memberId, passwordHash]);
}

/** A secret that is not in force yet; false when one is in force. */
export async function beginTotp(client: Client, memberId: number, secret: string): Promise<boolean> {
  const { rowCount } = await client.query(
    'UPDATE members SET totp_secret = $2 WHERE member_id = $1 AND totp_since IS NULL',
    [memberId, secret],
  );
  return rowCount === 1;
}

export async function enableTotp(
  client: Client,
  memberId: number,
  step: number,
  recoveryHashes: readonly Buffer[],
): Promise<boolean> {
  const { rowCount } = await client.query(
    `UPDATE members SET totp_since = now(), totp_last_step = $2, recovery_hashes = $3
     WHERE member_id = $1 AND totp_since IS NULL AND totp_secret IS NOT NULL`,
    [memberId, step, recoveryHashes],
  );
  return rowCount === 1;
}

export async function disableTotp(client: Client, memberId: number): Promise<void> {
  await client.query(
    `UPDATE members SET totp_secret = NULL, totp_since = NULL, recovery_hashes = '{}' WHERE member_id = $1`,
    [memberId],
  );
}

/** Uses up the code of a time step: true once. */
export async function useStep(client: Client, memberId: number, step: number): Promise<boolean> {
  const { rowCount } = await client.query(
    'UPDATE members SET totp_last_step = $2 WHERE member_id = $1 AND totp_last_step < $2',
    [memberId, step],
  );
  return rowCount === 1;
}

/** Uses up a recovery code: true once. */
export async function useRecoveryCode(client: Client, memberId: number, hash: Buffer): Promise<boolean> {
  const { rowCount } = await client.query(
    'UPDATE members SET recovery_hashes = array_remove(recovery_hashes, $2) WHERE member_id = $1 AND $2 = ANY (recovery_hashes)',
    [memberId, hash],
  );
  return rowCount === 1;
}
