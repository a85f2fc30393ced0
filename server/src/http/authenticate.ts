import type { IncomingHttpHeaders } from 'node:http';
import { SCOPES } from '@clickledger/contract';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { KeyInForce } from '../access/access-in-force.js';
import { type Caller, DEFAULT_TENANT_ID, PROTECTED_MODE } from '../access/caller.js';
import type { TokenBucket } from '../access/rate-limit.js';
import { type Access, accessOf, mayUse } from '../access/route-access.js';
import { isSameSecret, OPERATOR_PREFIX } from '../access/tokens.js';
import { errorReply } from './errors.js';
import { comesFromHere, isLoopbackHost } from './origin.js';
import type { Services } from './services.js';
import { sessionTokenOf } from './session-cookie.js';

/** Who can read DATA_DIR: the commands on the server's own machine. */
const COMMAND_LINE: Caller = {
  tenantId: DEFAULT_TENANT_ID,
  actor: 'command line',
  scopes: new Set(SCOPES),
  advertiserIds: null,
};
const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);
const BEARER = /^Bearer +(\S+)$/i;

type Done = (error?: Error) => void;

/**
 * Finds out who sends a request, before its body is read, and refuses what they may not. One of: a key (`Authorization:
 * Bearer` or `X-API-Key`), the cookie of a session, the operator's token of the commands, or, in protected mode, whoever
 * reaches the server from this machine. A hook with a callback: a promise a request is dear at 10,000 a second.
 */
export function registerAuthentication(app: FastifyInstance, services: Services): void {
  const { access, sessions, operatorToken, now } = services;
  app.decorateRequest('caller', null);
  /** By the route's options, which are one object a route. */
  const known = new WeakMap<object, Access>();
  const neededFor = (request: FastifyRequest): Access => {
    const route = request.routeOptions;
    // A path without a route: there is nothing to protect, and 404 tells nothing.
    if (route.url === undefined) return 'public';
    const found = known.get(route.config);
    if (found) return found;
    const needed = accessOf(request.method, route.url);
    known.set(route.config, needed);
    return needed;
  };

  app.addHook('onRequest', (request, reply, done) => {
    if (!access.isConfigured) return protectedMode(request, reply, done);
    const needed = neededFor(request);
    const sent = credentialOf(request);
    if (sent !== null) {
      if (sent.startsWith(OPERATOR_PREFIX) && isSameSecret(sent, operatorToken))
        return admit(request, reply, done, needed, COMMAND_LINE);
      const key = access.findKey(sent);
      if (key === null)
        return refuse(reply, 401, 'invalid_key', 'This key is none, or is no longer in force.');
      return byKey(key, needed, request, reply, done);
    }
    const token = sessionTokenOf(request);
    if (token === null) return admit(request, reply, done, needed, null);
    if (!SAFE_METHODS.has(request.method) && !comesFromHere(request))
      return refuse(reply, 403, 'cross_site', 'This request comes from another site.');
    sessions.find(token).then(
      (session) => admit(request, reply, done, needed, session?.caller ?? null),
      (error: unknown) => done(error as Error),
    );
  });

  function protectedMode(request: FastifyRequest, reply: FastifyReply, done: Done): unknown {
    // A page of another site that has its name point to this machine (DNS rebinding) names itself here.
    if (!isLoopbackHost(request.headers.host))
      return refuse(
        reply,
        403,
        'protected_mode',
        'No access is configured yet: the server answers to this machine only.',
      );
    if (!SAFE_METHODS.has(request.method) && !comesFromHere(request))
      return refuse(reply, 403, 'cross_site', 'This request comes from another site.');
    request.caller = PROTECTED_MODE;
    return done();
  }

  function byKey(
    key: KeyInForce,
    needed: Access,
    request: FastifyRequest,
    reply: FastifyReply,
    done: Done,
  ): unknown {
    const { origin } = request.headers;
    if (origin !== undefined && !comesFromHere(request)) {
      // From a page of another site: for bringing clicks alone, and only where the key says so.
      if (needed !== 'ingest' || !key.allowsOrigin(origin))
        return refuse(reply, 403, 'origin_not_allowed', 'This key may not be used from this origin.');
      reply.header('access-control-allow-origin', origin);
      reply.header('access-control-expose-headers', 'Retry-After, RateLimit, RateLimit-Policy');
      reply.header('vary', 'Origin');
    }
    const { bucket } = key;
    if (bucket !== null) {
      const isTaken = bucket.take(now());
      reply.headers(rateFields(key.policyHeader, bucket));
      if (!isTaken) {
        reply.header('retry-after', '1');
        return refuse(reply, 429, 'rate_limited', `This key may send ${bucket.perSecond} requests a second.`);
      }
    }
    return admit(request, reply, done, needed, key.caller);
  }
}

function admit(
  request: FastifyRequest,
  reply: FastifyReply,
  done: Done,
  needed: Access,
  caller: Caller | null,
): unknown {
  if (caller === null) {
    if (needed === 'public') return done();
    reply.header('www-authenticate', 'Bearer realm="ClickLedger"');
    return refuse(reply, 401, 'unauthenticated', 'Send an API key, or sign in.');
  }
  if (!mayUse(caller, needed, request.routeOptions.url ?? ''))
    return refuse(reply, 403, 'forbidden', 'This credential may not do that.');
  request.caller = caller;
  return done();
}

function refuse(reply: FastifyReply, status: number, code: string, message: string): FastifyReply {
  return reply.code(status).send(errorReply(code, message));
}

/** What a key's rate leaves it, as the draft of the IETF (RateLimit header fields for HTTP) writes it. */
export const rateFields = (policy: string, bucket: TokenBucket): Record<string, string> => ({
  'ratelimit-policy': policy,
  ratelimit: `"key";r=${bucket.left};t=${bucket.secondsUntilFull}`,
});

/**
 * Who sends a request that brings clicks, by what `registerAuthentication` asks of it. Null for everybody who would be refused
 * there or asked for more, and for browsers: whose page it is matters.
 */
export function quickCallerOf(
  headers: IncomingHttpHeaders,
  { access }: Pick<Services, 'access'>,
): { caller: Caller; key: KeyInForce | null } | null {
  const { origin, cookie, 'sec-fetch-site': site } = headers;
  if (origin !== undefined || cookie !== undefined || site !== undefined) return null;
  if (!access.isConfigured)
    return isLoopbackHost(headers.host) ? { caller: PROTECTED_MODE, key: null } : null;
  const sent = credentialOf({ headers });
  const key = sent === null ? null : access.findKey(sent);
  return key !== null && mayUse(key.caller, 'ingest', '') ? { caller: key.caller, key } : null;
}

/** The key that a request carries, null without one. */
export function credentialOf({ headers }: { headers: IncomingHttpHeaders }): string | null {
  const { authorization } = headers;
  if (authorization !== undefined) return BEARER.exec(authorization)?.[1] ?? '';
  const key = headers['x-api-key'];
  return key === undefined ? null : String(key);
}
