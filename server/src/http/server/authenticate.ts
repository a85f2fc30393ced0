import type { IncomingHttpHeaders } from 'node:http';
import type { Socket } from 'node:net';
import {
  ACCESS_TABLE,
  hasTestData,
  MODE_PARAMETER,
  MODES,
  type Mode,
  mayUse,
  type RouteRule,
  ruleOf,
} from '@clickledger/contract';
import type { FastifyInstance, FastifyReply, FastifyRequest, preSerializationHookHandler } from 'fastify';
import type { KeyInForce } from '../../accounts/access-in-force.js';
import { fieldsFor, mayAskWith } from '../../accounts/advertiser-view.js';
import { type Caller, CLICKS_ONLY, COMMAND_LINE, inTestMode, PROTECTED_MODE } from '../../accounts/caller.js';
import type { TokenBucket } from '../../accounts/rate-limit.js';
import { isSameSecret, OPERATOR_PREFIX } from '../../lib/tokens.js';
import { Told } from '../../lib/told.js';
import { errorReply } from './errors.js';
import { comesFromHere, isLoopbackHost, isLoopbackPeer, wasForwarded } from './origin.js';
import type { Services } from './services.js';
import { sessionTokenOf } from './session-cookie.js';
import { testTenantOf } from './test-tenant.js';

/** Of a path without a route: there is nothing to protect, and 404 tells nothing. */
const NO_ROUTE: RouteRule = { access: 'public', advertiser: null };
/** Of a route that came by without the table's notice. */
const NOBODYS: RouteRule = { access: 'operator', advertiser: null };
const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);
const INGEST = ACCESS_TABLE['POST /api/v1/clicks'];
const NO_MODE = `Expected one of ${MODES.join(', ')}`;
/** Public routes that bring clicks: whoever comes is nobody in particular, and no store is asked who. */
const PUBLIC_INTAKE: ReadonlySet<string> = new Set(['/r/:slug']);
const BEARER = /^Bearer +(\S+)$/i;

type Done = (error?: Error) => void;

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Who may use the route, from the access table. */
    rule?: RouteRule;
  }
  interface FastifyInstance {
    /** Every route that was registered: `GET /api/v1/campaigns`. */
    routes: Set<string>;
  }
}

/**
 * Finds out who sends a request, before its body is read, and refuses what they may not. One of: a key (`Authorization:
 * Bearer` or `X-API-Key`), the cookie of a session, the operator's token of the commands, or, in protected mode, whoever
 * reaches the server from this machine. A hook with a callback: a promise a request is dear at 10,000 a second.
 */
export function registerAuthentication(app: FastifyInstance, services: Services): void {
  const { access, sessions, operatorToken, now } = services;
  app.decorateRequest('caller', null);
  app.decorate('routes', new Set<string>());
  registerRules(app);

  app.addHook('onRequest', (request, reply, done) => {
    if (!access.isConfigured) return protectedMode(request, reply, done);
    if (isPublicIntake(request)) return done();
    const rule = ruleFor(request);
    const inHeader = credentialOf(request);
    const sent = inHeader ?? pageKeyOf(request);
    if (sent !== null) {
      if (inHeader?.startsWith(OPERATOR_PREFIX) && isSameSecret(sent, operatorToken))
        return admit(services, request, reply, done, rule, COMMAND_LINE);
      const key = access.findKey(sent);
      if (key === null)
        return refuse(reply, 401, 'invalid_key', 'This key is none, or is no longer in force.');
      if (inHeader === null && !mayStandInPage(key)) return refuse(reply, 403, ...NOT_FOR_PAGES);
      return byKey(key, rule, request, reply, done);
    }
    const token = sessionTokenOf(request);
    if (token === null) return admit(services, request, reply, done, rule, null);
    if (!SAFE_METHODS.has(request.method) && !comesFromHere(request))
      return refuse(reply, 403, 'cross_site', 'This request comes from another site.');
    sessions.find(token).then(
      (session) => admit(services, request, reply, done, rule, session?.caller ?? null),
      (error: unknown) => done(error as Error),
    );
  });

  /** Open, to whoever asks from this machine itself. */
  function protectedMode(request: FastifyRequest, reply: FastifyReply, done: Done): unknown {
    const rule = ruleFor(request);
    const caller = openCallerOf(request, request.raw.httpVersion);
    // Not the public routes either: one of them makes the first owner.
    const bringsClicks = rule.access === 'ingest' || isPublicIntake(request);
    if (caller === null || (caller === CLICKS_ONLY && !bringsClicks))
      return refuse(
        reply,
        403,
        'protected_mode',
        'No access is configured yet: the server answers to this machine only, and to no proxy on it.',
      );
    if (!SAFE_METHODS.has(request.method) && !comesFromHere(request))
      return refuse(reply, 403, 'cross_site', 'This request comes from another site.');
    return admit(services, request, reply, done, rule, caller);
  }

  function byKey(
    key: KeyInForce,
    rule: RouteRule,
    request: FastifyRequest,
    reply: FastifyReply,
    done: Done,
  ): unknown {
    const { origin } = request.headers;
    if (origin !== undefined && !comesFromHere(request)) {
      // From a page of another site: for bringing clicks alone, and only where the key says so.
      if (rule.access !== 'ingest' || !key.allowsOrigin(origin))
        return refuse(reply, 403, 'origin_not_allowed', 'This key may not be used from this origin.');
      reply.header('access-control-allow-origin', origin);
      reply.header('access-control-expose-headers', 'Retry-After, RateLimit, RateLimit-Policy');
      reply.header('vary', 'Origin');
    }
    if (!takeOne(key, reply, now())) {
      reply.header('retry-after', String(RATE_RETRY_SECONDS));
      return refuse(reply, 429, RATE_LIMITED, beyondRate(key));
    }
    return admit(services, request, reply, done, rule, key.caller);
  }
}

/** Routes whose key may come in the query: `navigator.sendBeacon` sends no header of its own. */
const BEACON_ROUTES: ReadonlySet<string | undefined> = new Set([
  '/api/v1/conversions',
  '/api/v1/conversions/batch',
]);

function pageKeyOf({ routeOptions, query }: FastifyRequest): string | null {
  if (!BEACON_ROUTES.has(routeOptions.url)) return null;
  const { key } = query as { key?: unknown };
  return typeof key === 'string' ? key : null;
}

/** Whether a key may be read by everybody who reads the page that has it, and by whoever keeps its address. */
export const mayStandInPage = ({ caller: { scopes } }: KeyInForce): boolean =>
  scopes.size === 1 && scopes.has('ingest');
export const NOT_FOR_PAGES = [
  'not_for_pages',
  'Only a key with the scope `ingest` alone may stand in a page.',
] as const;

const RATE_LIMITED = 'rate_limited';
const RATE_RETRY_SECONDS = 1;
const beyondRate = ({ bucket }: KeyInForce) => `This key may send ${bucket?.perSecond} requests a second.`;

/** Takes one request from a key's rate and tells what is left of it; false when there is none left. */
function takeOne({ bucket, policyHeader }: KeyInForce, reply: FastifyReply, nowMs: number): boolean {
  if (bucket === null) return true;
  const isTaken = bucket.take(nowMs);
  reply.headers(rateFields(policyHeader, bucket));
  return isTaken;
}

/**
 * Takes one more request from the rate of the key that a request came with, for each question beyond its first.
 *
 * @throws Told 429 when there is none left
 */
export function takeFromRate(
  { access, now }: Pick<Services, 'access' | 'now'>,
  request: FastifyRequest,
  reply: FastifyReply,
): void {
  const sent = credentialOf(request);
  const key = sent === null ? null : access.findKey(sent);
  if (key !== null && !takeOne(key, reply, now()))
    throw new Told(429, RATE_LIMITED, beyondRate(key), RATE_RETRY_SECONDS);
}

/**
 * Who asks while no access is configured; null: nobody of this machine. Whoever a proxy on this machine sends is a stranger whatever
 * `Host` the proxy writes, and may bring clicks alone: tools that make up addresses for clicks do so as proxies.
 */
function openCallerOf(
  { headers, socket }: { headers: IncomingHttpHeaders; socket: Pick<Socket, 'remoteAddress'> },
  httpVersion: string,
): Caller | null {
  // A page of another site that has its name point to this machine (DNS rebinding) names itself as the host.
  if (!isLoopbackHost(headers.host) || !isLoopbackPeer(socket)) return null;
  return wasForwarded(headers, httpVersion) ? CLICKS_ONLY : PROTECTED_MODE;
}

/** Gives every route its rule of the access table. A route that is not in the table is an error of the program: nothing starts. */
function registerRules(app: FastifyInstance): void {
  app.addHook('onRoute', (route) => {
    const [rule, ...others] = [route.method].flat().map((method) => {
      app.routes.add(`${method} ${route.url}`);
      return ruleOf(method, route.url);
    });
    if (!rule || others.some((other) => other !== rule))
      throw new Error(
        `${route.method} ${route.url} is not declared in contract/src/routes, which access-table.ts is made from`,
      );
    route.config = { ...route.config, rule };
    if (rule.advertiser?.fields === undefined) return;
    const pick: preSerializationHookHandler = (request, _reply, payload, done) =>
      done(null, fieldsFor(rule, request.caller, payload as object));
    route.preSerialization = [pick];
  });
}

const isPublicIntake = ({ routeOptions }: FastifyRequest): boolean =>
  PUBLIC_INTAKE.has(routeOptions.url ?? '');

function ruleFor({ routeOptions }: FastifyRequest): RouteRule {
  return routeOptions.config?.rule ?? (routeOptions.url === undefined ? NO_ROUTE : NOBODYS);
}

/** Lets a request in whose sender may use the route: before the live data of their tenant, or its test data. */
function admit(
  services: Services,
  request: FastifyRequest,
  reply: FastifyReply,
  done: Done,
  rule: RouteRule,
  caller: Caller | null,
): unknown {
  if (!mayUse(rule, caller)) {
    if (caller !== null) return refuse(reply, 403, 'forbidden', 'You don’t have permission to do this.');
    reply.header('www-authenticate', 'Bearer realm="ClickLedger"');
    return refuse(reply, 401, 'unauthenticated', 'Send an API key or sign in.');
  }
  if (caller === null) return done();
  request.caller = caller;
  if (rule.access === 'public') return done();
  const mode = takeMode(request, caller);
  if (mode === null)
    return reply.code(400).send({ error: { formErrors: [], fieldErrors: { [MODE_PARAMETER]: [NO_MODE] } } });
  if (!mayAskWith(rule, caller, request.query as object))
    return refuse(reply, 403, 'forbidden', 'You don’t have permission to do this.');
  if (mode === 'live')
    return caller.testOf === null
      ? done()
      : refuse(reply, 403, 'test_key', 'This is a test key. It can’t reach live data.');
  if (!hasTestData(request.routeOptions.url ?? ''))
    return refuse(reply, 403, 'no_test_data', 'This route has no test data.');
  if (caller.testOf !== null) return done();
  testTenantOf(services, caller.tenantId).then(
    (testTenantId) => {
      request.caller = inTestMode(caller, testTenantId);
      done();
    },
    (error: unknown) => done(error as Error),
  );
  return undefined;
}

/** Which data a request asks for, taken out of its query, in which no route knows it; null when there is none such. */
function takeMode({ query }: FastifyRequest, { testOf }: Caller): Mode | null {
  const fields = query as Record<string, unknown>;
  const mode = fields[MODE_PARAMETER];
  if (mode === undefined) return testOf === null ? 'live' : 'test';
  delete fields[MODE_PARAMETER];
  return MODES.find((one) => one === mode) ?? null;
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
  socket: Pick<Socket, 'remoteAddress'>,
  { access }: Pick<Services, 'access'>,
): { caller: Caller; key: KeyInForce | null } | null {
  const { origin, cookie, 'sec-fetch-site': site } = headers;
  if (origin !== undefined || cookie !== undefined || site !== undefined) return null;
  if (!access.isConfigured) {
    // The fast path takes HTTP/1.1 alone.
    const caller = openCallerOf({ headers, socket }, '1.1');
    return caller && { caller, key: null };
  }
  const sent = credentialOf({ headers });
  const key = sent === null ? null : access.findKey(sent);
  return key !== null && mayUse(INGEST, key.caller) ? { caller: key.caller, key } : null;
}

/** Whether somebody who brings a click to a public route is let in: by everybody but in protected mode. */
export const mayBringClick = (
  headers: IncomingHttpHeaders,
  socket: Pick<Socket, 'remoteAddress'>,
  { access }: Pick<Services, 'access'>,
): boolean => access.isConfigured || openCallerOf({ headers, socket }, '1.1') !== null;

/** The key that a request carries, null without one. */
export function credentialOf({ headers }: { headers: IncomingHttpHeaders }): string | null {
  const { authorization } = headers;
  if (authorization !== undefined) return BEARER.exec(authorization)?.[1] ?? '';
  const key = headers['x-api-key'];
  return key === undefined ? null : String(key);
}
