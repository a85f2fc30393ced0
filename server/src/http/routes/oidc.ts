import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { confirmMember, findAccounts } from '../../accounts/members.js';
import type { Pending } from '../../accounts/oidc.js';
import { openFor } from '../../accounts/sign-in.js';
import { messageOf } from '../../lib/log.js';
import { serve } from '../server/serve.js';
import type { Services } from '../server/services.js';
import {
  cookieOf,
  deviceTokenOf,
  setCookie,
  setDeviceCookie,
  setSessionCookie,
} from '../server/session-cookie.js';
import { sessionOf } from './auth.js';

const COOKIE = 'clickledger_oidc';
const PATH = '/api/v1/auth/oidc';
const PENDING_SECONDS_MAX = 600;

/** `GET /api/v1/auth/oidc/start` and `/callback`: signing in elsewhere. For browsers: they answer with the way to go on. */
export function registerOidc(app: FastifyInstance, services: Services): void {
  const { oidc, operatorPool: pool, log } = services;
  if (!oidc) return;

  serve(app, 'GET /api/v1/auth/oidc/start', async ({ request, reply, query: { tenant } }) => {
    try {
      const { url, pending } = await oidc.begin(tenant ?? null);
      const value = Buffer.from(JSON.stringify(pending)).toString('base64url');
      setCookie(request, reply, { name: COOKIE, value, path: PATH, maxAgeSeconds: PENDING_SECONDS_MAX });
      return await reply.redirect(url.href);
    } catch (error) {
      log.error({ error: messageOf(error) }, 'the OpenID Connect provider can not be asked');
      return backToSignIn(reply, 'unreachable');
    }
  });

  serve(app, 'GET /api/v1/auth/oidc/callback', async ({ request, reply }) => {
    const pending = pendingOf(request);
    setCookie(request, reply, { name: COOKIE, value: '', path: PATH, maxAgeSeconds: 0 });
    if (!pending) return backToSignIn(reply, 'expired');
    const at = request.url.indexOf('?');
    let email: string | null;
    try {
      email = await oidc.finish(at < 0 ? '' : request.url.slice(at), pending);
    } catch (error) {
      log.warn({ error: messageOf(error) }, 'a sign-in by OpenID Connect was refused');
      return backToSignIn(reply, 'refused');
    }
    // Who is not invited has no account here, whoever they are elsewhere.
    const accounts = email === null ? [] : await findAccounts(pool, email, pending.tenant);
    const own = (await sessionOf(services, request))?.row ?? null;
    // Who knows its password and has its address at the provider: from now on the provider opens it.
    const inUse = accounts.find(({ memberId }) => memberId === own?.memberId && !own.isHalf);
    if (inUse) await confirmMember(pool, inUse.memberId);
    // Never one that somebody made with another's address: what its owner did there would be theirs.
    const [member, ...others] = inUse ? [inUse] : accounts.filter(({ isConfirmed }) => isConfirmed);
    if (!member) return backToSignIn(reply, accounts.length > 0 ? 'unconfirmed' : 'unknown');
    if (others.length > 0) {
      const slugs = [member, ...others].map(({ tenant }) => tenant.slug).join(',');
      return reply.redirect(`/sign-in?oidc=choose&tenants=${slugs}`);
    }
    const { token, seconds, device } = await openFor(pool, member.memberId, deviceTokenOf(request));
    setSessionCookie(request, reply, token, seconds);
    if (device !== null) setDeviceCookie(request, reply, device);
    return reply.redirect('/');
  });
}

const backToSignIn = (reply: FastifyReply, why: string) => reply.redirect(`/sign-in?oidc=${why}`);

function pendingOf(request: FastifyRequest): Pending | null {
  try {
    const text = Buffer.from(cookieOf(request, COOKIE) ?? '', 'base64url').toString();
    const { state, nonce, verifier, tenant = null } = JSON.parse(text) as Record<string, unknown>;
    if (typeof state !== 'string' || typeof nonce !== 'string' || typeof verifier !== 'string') return null;
    if (tenant !== null && typeof tenant !== 'string') return null;
    return { state, nonce, verifier, tenant };
  } catch {
    return null;
  }
}
