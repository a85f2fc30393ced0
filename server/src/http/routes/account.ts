import type { FastifyInstance } from 'fastify';
import { Unauthenticated } from '../../accounts/caller.js';
import { acceptInvitation, findInvitation } from '../../accounts/invitations.js';
import { forgetDevices } from '../../accounts/known-devices.js';
import {
  addMember,
  beginTotp,
  disableTotp,
  enableTotp,
  findAccounts,
  findById,
  type SignInRow,
  setPassword,
} from '../../accounts/members.js';
import { networkOf } from '../../accounts/network.js';
import { hashPassword } from '../../accounts/password.js';
import { addReset, isResetOpen, useReset } from '../../accounts/password-resets.js';
import { hashRecoveryCode, newRecoveryCodes, newTotp, stepOfCode } from '../../accounts/second-factor.js';
import { closeSessionsOf } from '../../accounts/sessions-table.js';
import { checkPassword, checkSecondFactor, openFor, WrongCredentials } from '../../accounts/sign-in.js';
import { recordAudit } from '../../audit/audit.js';
import { hashToken, newToken } from '../../lib/tokens.js';
import { NotFound, Told } from '../../lib/told.js';
import { inTransaction } from '../../lib/transaction.js';
import { serve } from '../server/serve.js';
import type { Services } from '../server/services.js';
import { deviceTokenOf } from '../server/session-cookie.js';
import { limitTries, trierOf, welcome, wholeSessionOf } from './auth.js';

const alreadyOn = () => new Told(409, 'in_force', 'Two-factor authentication is already on.');
const noLink = () => new NotFound('This link is invalid, expired, or already used.');

/** `/api/v1/auth/…`: one's own password and second factor, and the links that are sent out: invitations and resets. */
export function registerAccount(app: FastifyInstance, services: Services): void {
  registerOwn(app, services);
  registerInvitation(app, services);
  registerReset(app, services);
}

function registerOwn(app: FastifyInstance, services: Services): void {
  const { operatorPool: pool, sessions, now, hashing } = services;
  const limited = limitTries(services);
  const memberOf = async (memberId: number): Promise<SignInRow> => {
    const member = await findById(pool, memberId);
    if (!member) throw new Unauthenticated();
    return member;
  };

  serve(
    app,
    'POST /api/v1/auth/password',
    async ({ request, body: { current_password: current, password } }) => {
      const { row, hash } = await wholeSessionOf(services, request);
      await checkPassword({ pool, hashing }, await memberOf(row.memberId), current);
      const passwordHash = await hashing.run(`member ${row.memberId}`, () => hashPassword(password));
      await inTransaction(pool, async (client) => {
        await setPassword(client, row.memberId, passwordHash);
        await closeSessionsOf(client, row.memberId, hash);
        await recordAudit(client, {
          tenantId: row.tenantId,
          actor: row.email,
          action: 'member.reset',
          subject: row.email,
          before: null,
          after: { by: 'themselves' },
        });
      });
      sessions.forget();
    },
  );

  serve(app, 'POST /api/v1/auth/totp', limited, async ({ request, body: { password } }) => {
    const { row } = await wholeSessionOf(services, request);
    // Whoever has somebody's session for a minute must not lock them out of their account for good.
    await checkPassword({ pool, hashing }, await memberOf(row.memberId), password);
    const totp = newTotp(row.email);
    if (!(await beginTotp(pool, row.memberId, totp.secret))) throw alreadyOn();
    return totp;
  });

  serve(app, 'PUT /api/v1/auth/totp', limited, async ({ request, body: { code } }) => {
    const { row } = await wholeSessionOf(services, request);
    const { totpSecret } = await memberOf(row.memberId);
    const step = totpSecret === null ? null : stepOfCode(totpSecret, code, now());
    if (step === null) throw new WrongCredentials('code');
    const codes = newRecoveryCodes();
    const isNew = await inTransaction(pool, async (client) => {
      const enabled = await enableTotp(client, row.memberId, step, codes.map(hashRecoveryCode));
      if (enabled)
        await recordAudit(client, {
          tenantId: row.tenantId,
          actor: row.email,
          action: 'member.change',
          subject: row.email,
          before: { second_factor: false },
          after: { second_factor: true },
        });
      return enabled;
    });
    if (!isNew) throw alreadyOn();
    sessions.forget();
    return { recovery_codes: codes };
  });

  serve(app, 'DELETE /api/v1/auth/totp', limited, async ({ request, body: { code } }) => {
    const { row } = await wholeSessionOf(services, request);
    await checkSecondFactor(pool, await memberOf(row.memberId), code, now(), trierOf(request));
    await inTransaction(pool, async (client) => {
      await disableTotp(client, row.memberId);
      await recordAudit(client, {
        tenantId: row.tenantId,
        actor: row.email,
        action: 'member.change',
        subject: row.email,
        before: { second_factor: true },
        after: { second_factor: false },
      });
    });
    sessions.forget();
  });
}

function registerInvitation(app: FastifyInstance, services: Services): void {
  const { operatorPool: pool, access, hashing } = services;
  const limited = limitTries(services);

  serve(app, 'POST /api/v1/auth/invitation', limited, async ({ body: { token } }) => {
    const found = await findInvitation(pool, hashToken(token));
    if (!found) throw noLink();
    return { email: found.email, tenant: found.tenantName, role: found.role };
  });

  serve(
    app,
    'POST /api/v1/auth/invitation/accept',
    limited,
    async ({ request, reply, body: { token, password } }) => {
      const tokenHash = hashToken(token);
      const invitation = await findInvitation(pool, tokenHash);
      if (!invitation) throw noLink();
      const passwordHash = await hashing.run(networkOf(request.ip), () => hashPassword(password));
      const { tenantId, email, role, isMailed } = invitation;
      const memberId = await inTransaction(pool, async (client) => {
        const added = await addMember(client, tenantId, {
          ...invitation,
          passwordHash,
          isConfirmed: isMailed,
        });
        // The link stays good: the account that is in its way may be removed.
        if (added === null) return null;
        // Somebody else was faster.
        if (!(await acceptInvitation(client, tokenHash))) throw noLink();
        await recordAudit(client, {
          tenantId,
          actor: email,
          action: 'member.add',
          subject: email,
          before: null,
          after: { role, invited_by: invitation.createdBy },
        });
        return added;
      });
      if (memberId === null)
        throw new Told(409, 'is_member', 'This organization already has a member with this email address.');
      await access.refresh();
      return welcome(services, request, reply, await openFor(pool, memberId, deviceTokenOf(request)));
    },
  );
}

function registerReset(app: FastifyInstance, services: Services): void {
  const { operatorPool: pool, sessions, mailer, publicUrl, background, hashing } = services;
  const limited = limitTries(services);

  serve(app, 'POST /api/v1/auth/reset/request', limited, async ({ body: { email } }) => {
    if (!mailer || publicUrl === null)
      throw new Told(409, 'no_mail', 'Email isn’t configured. Ask your server administrator for a link.');
    // After the reply, so that its time does not tell whether there is such a member.
    const sendLink = async () => {
      for (const { memberId, tenant } of await findAccounts(pool, email)) {
        const token = newToken();
        if (!(await addReset(pool, memberId, hashToken(token)))) continue;
        await mailer.send({
          to: email,
          subject: `ClickLedger: choose a new password for ${tenant.name}`,
          text: `Somebody, probably you, asked for a new password for ${email} at ${tenant.name}.\n\nChoose one within an hour:\n${publicUrl}/reset#${token}\n\nIf it was not you, there is nothing to do.\n`,
        });
      }
    };
    void background.run(
      { name: 'reset mail', failure: 'a link to reset a password could not be mailed' },
      sendLink,
    );
  });

  serve(app, 'POST /api/v1/auth/reset', limited, async ({ request, body: { token, password } }) => {
    const tokenHash = hashToken(token);
    // First: who has no link must not keep those from signing in who wait for their passwords to be hashed.
    if (!(await isResetOpen(pool, tokenHash))) throw noLink();
    const passwordHash = await hashing.run(networkOf(request.ip), () => hashPassword(password));
    const isReset = await inTransaction(pool, async (client) => {
      const member = await useReset(client, tokenHash);
      if (!member) return false;
      await setPassword(client, member.memberId, passwordHash);
      await closeSessionsOf(client, member.memberId);
      await forgetDevices(client, member.memberId);
      await recordAudit(client, {
        tenantId: member.tenantId,
        actor: member.email,
        action: 'member.reset',
        subject: member.email,
        before: null,
        after: { by: 'a link' },
      });
      return true;
    });
    if (!isReset) throw noLink();
    sessions.forget();
  });
}
