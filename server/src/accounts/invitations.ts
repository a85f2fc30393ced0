import { type Invitation, type InvitationInput, LIMITS } from '@clickledger/contract';
import type pg from 'pg';
import { ISO_UTC } from '../lib/sql.js';

type Client = Pick<pg.PoolClient, 'query'>;

const GOOD_FOR_DAYS = 7;
const INVITATION = `invitation_id, email, role, advertiser_ids, ${ISO_UTC('created_at')} AS created_at, created_by,
  ${ISO_UTC('expires_at')} AS expires_at`;
const OPEN = 'accepted_at IS NULL AND withdrawn_at IS NULL AND expires_at > now()';

/** Those that can still be accepted, newest first. */
export async function listInvitations(client: Client, tenantId: number): Promise<Invitation[]> {
  const { rows } = await client.query<Invitation>(
    `SELECT ${INVITATION} FROM invitations WHERE tenant_id = $1 AND ${OPEN} ORDER BY invitation_id DESC LIMIT $2`,
    [tenantId, LIMITS.membersMax],
  );
  return rows;
}

/**
 * Invites somebody; an earlier invitation of the same address is withdrawn. Null: too many are open.
 *
 * @param by `isMailed`: the link goes to the mailbox and to nobody else
 */
export async function invite(
  client: Client,
  tenantId: number,
  { email, role, advertiser_ids }: InvitationInput,
  by: { tokenHash: Buffer; createdBy: string; isMailed: boolean },
): Promise<Invitation | null> {
  await client.query(
    `UPDATE invitations SET withdrawn_at = now() WHERE tenant_id = $1 AND email = $2 AND ${OPEN}`,
    [tenantId, email],
  );
  const { rows } = await client.query<Invitation>(
    `INSERT INTO invitations (tenant_id, email, role, advertiser_ids, token_hash, created_by, expires_at, is_mailed)
     SELECT $1, $2, $3, $4, $5, $6, now() + make_interval(days => $7), $9
     WHERE (SELECT count(*) FROM invitations WHERE tenant_id = $1 AND ${OPEN}) < $8
     RETURNING ${INVITATION}`,
    [
      tenantId,
      email,
      role,
      advertiser_ids,
      by.tokenHash,
      by.createdBy,
      GOOD_FOR_DAYS,
      LIMITS.membersMax,
      by.isMailed,
    ],
  );
  return rows[0] ?? null;
}

/** The mail could not be sent: whoever invites is about to be told the link. */
export async function noteNotMailed(client: Client, invitationId: number): Promise<void> {
  await client.query('UPDATE invitations SET is_mailed = false WHERE invitation_id = $1', [invitationId]);
}

/** Withdraws an open invitation; its address, or null when there is none. */
export async function withdrawInvitation(
  client: Client,
  tenantId: number,
  invitationId: number,
): Promise<string | null> {
  const { rows } = await client.query<{ email: string }>(
    `UPDATE invitations SET withdrawn_at = now() WHERE tenant_id = $1 AND invitation_id = $2 AND ${OPEN} RETURNING email`,
    [tenantId, invitationId],
  );
  return rows[0]?.email ?? null;
}

export interface OpenInvitation extends InvitationInput {
  tenantId: number;
  tenantName: string;
  createdBy: string;
  /** Only the mailbox got the link. */
  isMailed: boolean;
}

/** The open invitation of a token. */
export async function findInvitation(client: Client, tokenHash: Buffer): Promise<OpenInvitation | null> {
  const { rows } = await client.query<OpenInvitation>(
    `SELECT i.email, i.role, i.advertiser_ids, i.tenant_id AS "tenantId", t.name AS "tenantName", i.created_by AS "createdBy",
       i.is_mailed AS "isMailed"
     FROM invitations i JOIN tenants t USING (tenant_id) WHERE i.token_hash = $1 AND ${OPEN}`,
    [tokenHash],
  );
  return rows[0] ?? null;
}

/** Uses an invitation up: true once. */
export async function acceptInvitation(client: Client, tokenHash: Buffer): Promise<boolean> {
  const { rowCount } = await client.query(
    `UPDATE invitations SET accepted_at = now() WHERE token_hash = $1 AND ${OPEN}`,
    [tokenHash],
  );
  return rowCount === 1;
}
