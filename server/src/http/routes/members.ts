import type {
  Invitation,
  InvitationInput,
  MadeInvitation,
  Member,
  ValidationErrorReply,
} from '@clickledger/contract';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type pg from 'pg';
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
import { NotFound, Told } from '../../lib/told.js';
import { inTransaction } from '../../lib/transaction.js';
import { serve } from '../server/serve.js';
import type { Services } from '../server/services.js';

const noMember = () => new NotFound('No member with this ID.');

class NoAdvertisers extends Told {
  constructor(private readonly ids: readonly string[]) {
    super(400, 'invalid', 'No such advertisers');
  }

  override get body(): ValidationErrorReply {
    const advertiser_ids = this.ids.map((one) => `No advertiser with the ID ${one}`);
    return { error: { formErrors: [], fieldErrors: { advertiser_ids } } };
  }
}

/** `/api/v1/members`: who belongs to the caller's tenant. */
export function registerMembers(app: FastifyInstance, services: Services): void {
  const { ledgerOf, sessions } = services;
  const checkAdvertisers = async (request: FastifyRequest, tenantId: number, ids: readonly string[]) => {
    const unknown = await unknownAdvertisers(ledgerOf(request), tenantId, ids);
    if (unknown.length > 0) throw new NoAdvertisers(unknown);
  };

  serve(app, 'GET /api/v1/members', async ({ request, caller: { tenantId } }) => {
    const ledger = ledgerOf(request);
    const [data, invitations] = await Promise.all([
      listMembers(ledger, tenantId),
      listInvitations(ledger, tenantId),
    ]);
    return { data, invitations };
  });

  serve(app, 'POST /api/v1/members/invitations', async ({ request, caller, body }) => {
    await checkAdvertisers(request, caller.tenantId, body.advertiser_ids);
    const made = await inTransaction(ledgerOf(request), (client) => inviteIn(services, client, caller, body));
    if (!made) throw new Told(409, 'too_many', 'Too many pending invitations.');
    return mailed(services, made);
  });

  serve(app, 'DELETE /api/v1/members/invitations/:invitation_id', async ({ request, caller, params }) => {
    const { tenantId, actor } = caller;
    await inTransaction(ledgerOf(request), async (client) => {
      const withdrawn = await withdrawInvitation(client, tenantId, params.invitation_id);
      if (withdrawn === null) throw new NotFound('No pending invitation with this ID.');
      await recordAudit(client, {
        tenantId,
        actor,
        action: 'member.invite',
        subject: withdrawn,
        before: { invited: true },
        after: { invited: false },
      });
    });
  });

  serve(app, 'PATCH /api/v1/members/:member_id', async ({ request, caller, params, body: change }) => {
    const { tenantId, actor } = caller;
    await checkAdvertisers(request, tenantId, change.advertiser_ids);
    const changed = await inTransaction(ledgerOf(request), async (client) => {
      const member = await lockMember(client, tenantId, params.member_id, change.role);
      const { role, advertiser_ids } = member;
      await recordAudit(client, {
        tenantId,
        actor,
        action: 'member.change',
        subject: member.email,
        before: { role, advertiser_ids },
        after: change,
      });
      return changeMember(client, tenantId, member.member_id, change);
    });
    if (!changed) throw noMember();
    sessions.forget();
    return changed;
  });

  serve(
    app,
    'DELETE /api/v1/members/:member_id',
    async ({ request, caller: { tenantId, actor }, params }) => {
      await inTransaction(ledgerOf(request), async (client) => {
        const member = await lockMember(client, tenantId, params.member_id, null);
        await removeMember(client, tenantId, member.member_id);
        await recordAudit(client, {
          tenantId,
          actor,
          action: 'member.remove',
          subject: member.email,
          before: { role: member.role },
          after: null,
        });
      });
      sessions.forget();
    },
  );
}

/**
 * A member who is to have another role, or null: is to go, while all members of the tenant are locked.
 *
 * @throws Told when there is none, or no owner would be left
 */
async function lockMember(
  client: pg.PoolClient,
  tenantId: number,
  memberId: number,
  role: Member['role'] | null,
): Promise<Member> {
  const members = await lockMembers(client, tenantId);
  const member = members.find((one) => one.member_id === memberId);
  if (!member) throw noMember();
  const owners = members.filter((one) => one.role === 'owner');
  if (member.role === 'owner' && role !== 'owner' && owners.length === 1)
    throw new Told(409, 'last_owner', 'This is the last owner. Make someone else an owner first.');
  return member;
}

/** `/api/v1/admin/tenants` and `/reset-links`: the operator's. */
export function registerTenants(app: FastifyInstance, services: Services): void {
  const { operatorPool: pool } = services;
  serve(app, 'GET /api/v1/admin/tenants', async () => ({ data: await listTenants(pool) }));

  serve(app, 'POST /api/v1/admin/tenants', async ({ caller: { actor }, body: input }) => {
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
    if (!made) throw new Told(409, 'slug_taken', 'An organization with this name already exists.');
    return { ...made, invitation: await mailed(services, made.invitation) };
  });

  serve(app, 'POST /api/v1/admin/reset-links', async ({ caller: { actor }, body: { email, tenant } }) => {
    const [member, ...others] = await findAccounts(pool, email, tenant ?? null);
    if (!member) throw new NotFound('No member with this email address.');
    if (others.length > 0) {
      const slugs = [member, ...others].map((account) => account.tenant.slug).join(', ');
      throw new Told(409, 'choose_tenant', `The address has accounts in several organizations: ${slugs}.`);
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
    if (!made) throw new Told(409, 'too_many', 'Too many links were created within an hour.');
    return { token, expires_at: made.expiresAt };
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
