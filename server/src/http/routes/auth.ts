import type { MeReply } from '@clickledger/contract';
import type { FastifyInstance, FastifyReply, FastifyRequest, preHandlerHookHandler } from 'fastify';
import { DEFAULT_TENANT_ID, PROTECTED_MODE, Unauthenticated } from '../../accounts/caller.js';
import { addMember, listMembers } from '../../accounts/members.js';
import { networkOf } from '../../accounts/network.js';
import { hashPassword } from '../../accounts/password.js';
import type { Session } from '../../accounts/sessions.js';
import { closeSession } from '../../accounts/sessions-table.js';
import { type Opened, openFor, signIn, signInSecond, type Trier } from '../../accounts/sign-in.js';
import { findTenantById } from '../../accounts/tenants.js';
import { TryLimit } from '../../accounts/try-limit.js';
import { recordAudit } from '../../audit/audit.js';
import { Told } from '../../lib/told.js';
import { inTransaction } from '../../lib/transaction.js';
import { serve } from '../server/serve.js';
import type { Services } from '../server/services.js';
import {
  deviceTokenOf,
  sessionTokenOf,
  setDeviceCookie,
  setSessionCookie,
} from '../server/session-cookie.js';

const limit = new WeakMap<object, TryLimit>();

/** Who tries to sign in with a request. */
export const trierOf = (request: FastifyRequest): Trier => ({
  network: networkOf(request.ip),
  device: deviceTokenOf(request),
});

/** Options of routes on which credentials are tried: a network that tries too often is refused before its request is read. */
export function limitTries(services: Services): { preHandler: preHandlerHookHandler } {
  const tries = limit.get(services) ?? new TryLimit();
  limit.set(services, tries);
  return {
    preHandler: (request, _reply, done) =>
      done(tries.take(request.ip, services.now()) ? undefined : tooManyTries()),
  };
}
const tooManyTries = () =>
  new Told(429, 'too_many_tries', 'Too many attempts from this network. Wait a moment.', 10);

/** The session of a request, half or whole; null without one. */
export async function sessionOf({ sessions }: Services, request: FastifyRequest): Promise<Session | null> {
  const token = sessionTokenOf(request);
  return token === null ? null : sessions.find(token);
}

/** The whole session of a request. Throws `Unauthenticated`. */
export async function wholeSessionOf(services: Services, request: FastifyRequest): Promise<Session> {
  const session = await sessionOf(services, request);
  if (!session || session.row.isHalf) throw new Unauthenticated();
  return session;
}

/** Gives the browser the session, and tells who is signed in. */
export async function welcome(
  services: Services,
  request: FastifyRequest,
  reply: FastifyReply,
  { token, seconds, device }: Opened,
): Promise<MeReply> {
  setSessionCookie(request, reply, token, seconds);
  if (device !== null) setDeviceCookie(request, reply, device);
  return meOf(services, await services.sessions.find(token), null);
}

/** `/api/v1/auth/…`: the first owner, signing in and out, who am I. */
export function registerAuth(app: FastifyInstance, services: Services): void {
  const { operatorPool: pool, access, sessions, now, hashing } = services;
  const parts = { pool, now, hashing };
  const limited = limitTries(services);

  serve(app, 'GET /api/v1/auth/me', async ({ request }) =>
    meOf(services, await sessionOf(services, request), request.caller),
  );

  const whileOpen = async () => {
    // Asked of the ledger, not of memory: another node may have been closed a moment ago.
    await access.refresh();
    if (access.isConfigured) throw alreadyConfigured();
  };
  serve(
    app,
    'POST /api/v1/auth/setup',
    { preHandler: whileOpen },
    async ({ request, reply, body: { email, password } }) => {
      const passwordHash = await hashing.run(networkOf(request.ip), () => hashPassword(password));
      const memberId = await inTransaction(pool, async (client) => {
        // Two at once: the second finds the first's.
        await client.query('SELECT FROM access_state FOR UPDATE');
        if ((await listMembers(client, DEFAULT_TENANT_ID)).length > 0) return null;
        const owner = { email, role: 'owner', advertiser_ids: [], passwordHash } as const;
        const added = await addMember(client, DEFAULT_TENANT_ID, {
          ...owner,
          advertiser_ids: [],
          // Whoever is at the server's own machine.
          isConfirmed: true,
        });
        await recordAudit(client, {
          tenantId: DEFAULT_TENANT_ID,
          actor: PROTECTED_MODE.actor,
          action: 'member.add',
          subject: email,
          before: null,
          after: { role: 'owner' },
        });
        return added;
      });
      if (memberId === null) throw alreadyConfigured();
      await access.refresh();
      return welcome(services, request, reply, await openFor(pool, memberId, deviceTokenOf(request)));
    },
  );

  serve(app, 'POST /api/v1/auth/sign-in', limited, async ({ request, reply, body }) =>
    welcome(services, request, reply, await signIn(parts, body, trierOf(request))),
  );

  serve(app, 'POST /api/v1/auth/second-factor', limited, async ({ request, reply, body: { code } }) => {
    const session = await sessionOf(services, request);
    if (!session?.row.isHalf) throw new Unauthenticated();
    const half = { hash: session.hash, memberId: session.row.memberId };
    const opened = await signInSecond(parts, half, code, trierOf(request));
    sessions.forget();
    return welcome(services, request, reply, opened);
  });

  serve(app, 'POST /api/v1/auth/sign-out', async ({ request, reply }) => {
    const session = await sessionOf(services, request);
    if (session) await closeSession(pool, session.hash);
    sessions.forget();
    setSessionCookie(request, reply, '', 0);
  });
}

const alreadyConfigured = () => new Told(409, 'configured', 'Access is already configured. Sign in.');

/** Who asks: a session's member, or a key, or anybody while the server is open. */
async function meOf(
  { operatorPool, access, oidc, mailer }: Services,
  session: Session | null,
  given: FastifyRequest['caller'],
): Promise<MeReply> {
  const caller = session?.caller ?? given;
  const tenant = caller && (await findTenantById(operatorPool, caller.tenantId));
  return {
    mode: access.isConfigured ? 'configured' : 'protected',
    member: caller &&
      tenant && {
        email: session?.row.email ?? null,
        role: session?.row.role ?? 'owner',
        tenant,
        scopes: [...caller.scopes],
        advertiser_ids: caller.advertiserIds && [...caller.advertiserIds],
        has_second_factor: session?.row.hasSecondFactor ?? false,
        is_operator: caller.tenantId === DEFAULT_TENANT_ID && caller.advertiserIds === null,
      },
    needs_second_factor: session?.row.isHalf ?? false,
    oidc: oidc?.name ?? null,
    can_mail: mailer !== null,
  };
}
