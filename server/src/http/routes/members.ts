import {
  type Invitation,
  InvitationInput,
  type MadeInvitation,
  type MadeTenant,
  MemberChange,
  type MembersReply,
  ResetLinkInput,
  type ResetLinkReply,
  TenantInput,
  type TenantsReply,
  type ValidationErrorReply,
} from '@clickledger/contract';
import type { FastifyInstance } from 'fastify';
import type pg from 'pg';
import { z } from 'zod';
import { callerOf } from '../../accounts/caller.js';
import { invite, listInvitations, noteNotMailed, withdrawInvitation } from '../../accounts/invitations.js';
import {
  changeMember,
  findAccounts,
  listMembers,
  lockMembers,
  removeMember,
} from '../../accounts/members.js';
import { addReset } from '../../accounts/password-resets.js';
import { addTenant, listTenants } from '../../accounts/tenants.js';
import { recordAudit } from '../../audit/audit.js';
import { unknownAdvertisers } from '../../ledger/unknown-advertisers.js';
import { messageOf } from '../../lib/log.js';
import { hashToken, newToken } from '../../lib/tokens.js';
import { inTransaction } from '../../lib/transaction.js';
import { errorReply } from '../server/errors.js';
import type { Services } from '../server/services.js';

const id = () => z.coerce.number('Expected a number').int().positive();
const MemberParams = z.object({ member_id: id() });
const InvitationParams = z.object({ invitation_id: id() });
const noMember = errorReply('not_found', 'No member with this ID.');
const noAdvertisers = (ids: readonly string[]): ValidationErrorReply => ({
  error: {
    formErrors: [],
    fieldErrors: { advertiser_ids: ids.map((one) => `No advertiser with the ID ${one}`) },
  },
});
const lastOwner = errorReply('last_owner', 'This is the last owner. Make someone else an owner first.');

/** `/api/v1/members`: who belongs to the caller's tenant. */
export function registerMembers(app: FastifyInstance, services: Services): void {
  const { ledgerOf, sessions } = services;
  app.get('/api/v1/members', async (request): Promise<MembersReply> => {
    const { tenantId } = callerOf(request);
    const ledger = ledgerOf(request);
    const [data, invitations] = await Promise.all([
      listMembers(ledger, tenantId),
      listInvitations(ledger, tenantId),
    ]);
    return { data, invitations };
  });

  app.post('/api/v1/members/invitations', async (request, reply) => {
    const input = InvitationInput.parse(request.body);
    const { tenantId, actor } = callerOf(request);
    const unknown = await unknownAdvertisers(ledgerOf(request), tenantId, input.advertiser_ids);
    if (unknown.length > 0) return reply.code(400).send(noAdvertisers(unknown));
    const made = await inTransaction(ledgerOf(request), (client) =>
      inviteIn(services, client, { tenantId, actor }, input),
    );
    if (!made) return reply.code(409).send(errorReply('too_many', 'Too many pending invitations.'));
    return reply.code(201).send(await mailed(services, made));
  });

  app.delete('/api/v1/members/invitations/:invitation_id', async (request, reply) => {
    const { invitation_id: invitationId } = InvitationParams.parse(request.params);
    const { tenantId, actor } = callerOf(request);
    const email = await inTransaction(ledgerOf(request), async (client) => {
      const withdrawn = await withdrawInvitation(client, tenantId, invitationId);
      if (withdrawn !== null)
        await recordAudit(client, {
          tenantId,
          actor,
          action: 'member.invite',
          subject: withdrawn,
          before: { invited: true },
          after: { invited: false },
        });
      return withdrawn;
    });
    if (email === null)
      return reply.code(404).send(errorReply('not_found', 'No pending invitation with this ID.'));
    return reply.code(204).send();
  });

  app.patch('/api/v1/members/:member_id', async (request, reply) => {
    const { member_id: memberId } = MemberParams.parse(request.params);
    const change = MemberChange.parse(request.body);
    const { tenantId, actor } = callerOf(request);
    const unknown = await unknownAdvertisers(ledgerOf(request), tenantId, change.advertiser_ids);
    if (unknown.length > 0) return reply.code(400).send(noAdvertisers(unknown));
    const changed = await inTransaction(ledgerOf(request), async (client) => {
      const members = await lockMembers(client, tenantId);
      const member = members.find((one) => one.member_id === memberId);
      if (!member) return noMember;
      const owners = members.filter(({ role }) => role === 'owner');
      if (member.role === 'owner' && change.role !== 'owner' && owners.length === 1) return lastOwner;
      const { role, advertiser_ids } = member;
      await recordAudit(client, {
        tenantId,
        actor,
        action: 'member.change',
        subject: member.email,
        before: { role, advertiser_ids },
        after: change,
      });
      return changeMember(client, tenantId, memberId, change);
    });
    if (changed && 'error' in changed) return reply.code(changed === noMember ? 404 : 409).send(changed);
    sessions.forget();
    return changed;
  });

  app.delete('/api/v1/members/:member_id', async (request, reply) => {
    const { member_id: memberId } = MemberParams.parse(request.params);
    const { tenantId, actor } = callerOf(request);
    const refused = await inTransaction(ledgerOf(request), async (client) => {
      const members = await lockMembers(client, tenantId);
      const member = members.find((one) => one.member_id === memberId);
      if (!member) return noMember;
      const owners = members.filter(({ role }) => role === 'owner');
      if (member.role === 'owner' && owners.length === 1) return lastOwner;
      await removeMember(client, tenantId, memberId);
      await recordAudit(client, {
        tenantId,
        actor,
        action: 'member.remove',
        subject: member.email,
        before: { role: member.role },
        after: null,
      });
      return null;
    });
    if (refused) return reply.code(refused === noMember ? 404 : 409).send(refused);
    sessions.forget();
    return reply.code(204).send();
  });
}

/** `/api/v1/admin/tenants` and `/reset-links`: the operator's. */
export function registerTenants(app: FastifyInstance, services: Services): void {
  const { operatorPool: pool } = services;
  app.get('/api/v1/admin/tenants', async (): Promise<TenantsReply> => ({ data: await listTenants(pool) }));

  app.post('/api/v1/admin/tenants', async (request, reply) => {
    const input = TenantInput.parse(request.body);
    const { actor } = callerOf(request);
    const owner = { email: input.owner_email, role: 'owner' as const, advertiser_ids: [] };
    const made = await inTransaction(pool, async (client) => {
      const tenant = await addTenant(client, input);
      if (!tenant) return null;
      const tenantId = tenant.tenant_id;
      await recordAudit(client, {
        tenantId,
        actor,
        action: 'tenant.create',
        subject: input.slug,
        before: null,
        after: { name: input.name },
      });
      const invitation = await inviteIn(services, client, { tenantId, actor }, owner);
      return invitation && { ...tenant, invitation };
    });
    if (!made)
      return reply.code(409).send(errorReply('slug_taken', 'An organization with this name already exists.'));
    return reply
      .code(201)
      .send({ ...made, invitation: await mailed(services, made.invitation) } satisfies MadeTenant);
  });

  app.post('/api/v1/admin/reset-links', async (request, reply) => {
    const { email, tenant } = ResetLinkInput.parse(request.body);
    const { actor } = callerOf(request);
    const [member, ...others] = await findAccounts(pool, email, tenant ?? null);
    if (!member) return reply.code(404).send(errorReply('not_found', 'No member with this email address.'));
    if (others.length > 0) {
      const slugs = [member, ...others].map((account) => account.tenant.slug).join(', ');
      return reply
        .code(409)
        .send(errorReply('choose_tenant', `The address has accounts in several organizations: ${slugs}.`));
    }
    const token = newToken();
    const made = await inTransaction(pool, async (client) => {
      const reset = await addReset(client, member.memberId, hashToken(token));
      if (reset)
        await recordAudit(client, {
          tenantId: member.tenantId,
          actor,
          action: 'member.reset',
          subject: email,
          before: null,
          after: { by: 'a link that the operator made' },
        });
      return reset;
    });
    if (!made)
      return reply.code(409).send(errorReply('too_many', 'Too many links were created within an hour.'));
    return reply.code(201).send({ token, expires_at: made.expiresAt } satisfies ResetLinkReply);
  });
}

/** An invitation with its token, which is told to one alone: the mailbox, or whoever invites. */
type NewInvitation = Invitation & { token: string };

async function inviteIn(
  services: Services,
  client: pg.PoolClient,
  { tenantId, actor }: { tenantId: number; actor: string },
  input: InvitationInput,
): Promise<NewInvitation | null> {
  const token = newToken();
  const isMailed = canMail(services);
  const made = await invite(client, tenantId, input, {
    tokenHash: hashToken(token),
    createdBy: actor,
    isMailed,
  });
  if (!made) return null;
  const { email, role, advertiser_ids } = input;
  await recordAudit(client, {
    tenantId,
    actor,
    action: 'member.invite',
    subject: email,
    before: null,
    after: { role, advertiser_ids },
  });
  return { ...made, token };
}

const canMail = ({ mailer, publicUrl }: Services): boolean => mailer !== null && publicUrl !== null;

/**
 * Sends the invitation, if this server sends mail: whoever invites then does not learn the link, with which they could take the
 * address for themselves. Without mail, and when it can not be sent, the link is in the reply, and the account not confirmed.
 */
async function mailed(services: Services, made: NewInvitation): Promise<MadeInvitation> {
  const { mailer, publicUrl, log, operatorPool } = services;
  if (!mailer || publicUrl === null) return { ...made, is_mailed: false };
  try {
    await mailer.send({
      to: made.email,
      subject: 'You’re invited to ClickLedger',
      text: `${made.created_by} invited you to ClickLedger.\n\nChoose a password. The link expires in 7 days:\n${publicUrl}/invitation#${made.token}\n`,
    });
    return { ...made, token: null, is_mailed: true };
  } catch (error) {
    log.error({ error: messageOf(error) }, 'an invitation could not be mailed');
    await noteNotMailed(operatorPool, made.invitation_id);
    return { ...made, is_mailed: false };
  }
}
