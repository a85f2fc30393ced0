import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Pending } from '../access/oidc.js';
import { openFor } from '../access/sign-in.js';
import { findByEmail } from '../ledger/members.js';
import { messageOf } from '../log.js';
import type { Services } from './services.js';
import { cookieOf, setCookie, setSessionCookie } from './session-cookie.js';

const COOKIE = 'clickledger_oidc';
const PATH = '/api/v1/auth/oidc';
const PENDING_SECONDS_MAX = 600;

/** `GET /api/v1/auth/oidc/start` and `/callback`: signing in elsewhere. For browsers: they answer with the way to go on. */
export function registerOidc(app: FastifyInstance, services: Services): void {
  const { oidc, operatorPool: pool, log } = services;
  if (!oidc) return;

  app.get(`${PATH}/start`, async (request, reply) => {
    try {
      const { url, pending } = await oidc.begin();
      const value = Buffer.from(JSON.stringify(pending)).toString('base64url');
      setCookie(request, reply, { name: COOKIE, value, path: PATH, maxAgeSeconds: PENDING_SECONDS_MAX });
      return await reply.redirect(url.href);
    } catch (error) {
      log.error({ error: messageOf(error) }, 'the OpenID Connect provider can not be asked');
      return backToSignIn(reply, 'unreachable');
    }
  });

  app.get(`${PATH}/callback`, async (request, reply) => {
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
    const member = email === null ? null : await findByEmail(pool, email);
    if (!member) return backToSignIn(reply, 'unknown');
    const { token, seconds } = await openFor(pool, member.memberId);
    setSessionCookie(request, reply, token, seconds);
    return reply.redirect('/');
  });
}

const backToSignIn = (reply: FastifyReply, why: string) => reply.redirect(`/sign-in?oidc=${why}`);

function pendingOf(request: FastifyRequest): Pending | null {
  try {
    const text = Buffer.from(cookieOf(request, COOKIE) ?? '', 'base64url').toString();
    const { state, nonce, verifier } = JSON.parse(text) as Record<string, unknown>;
    if (typeof state !== 'string' || typeof nonce !== 'string' || typeof verifier !== 'string') return null;
    return { state, nonce, verifier };
  } catch {
    return null;
  }
}
