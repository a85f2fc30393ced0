import { parseCookie, stringifySetCookie } from 'cookie';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { DEVICE_DAYS_MAX } from '../../accounts/known-devices.js';

const NAME = 'clickledger_session';
/** Over https: browsers take a cookie of this prefix only with Secure, from the host itself, for all its paths. */
const SECURE_NAME = `__Host-${NAME}`;

const isHttps = (request: FastifyRequest): boolean => request.protocol === 'https';

/** The value of a cookie; null without it. */
export function cookieOf({ headers }: FastifyRequest, name: string): string | null {
  return headers.cookie === undefined ? null : (parseCookie(headers.cookie)[name] ?? null);
}

/** A cookie that no script reads, and that no other site's writes carry along. */
export function setCookie(
  request: FastifyRequest,
  reply: FastifyReply,
  { maxAgeSeconds, ...cookie }: { name: string; value: string; path: string; maxAgeSeconds: number },
): void {
  const fixed = { httpOnly: true, sameSite: 'lax', secure: isHttps(request) } as const;
  reply.header('set-cookie', stringifySetCookie({ ...cookie, maxAge: maxAgeSeconds, ...fixed }));
}

const DEVICE_NAME = 'clickledger_device';
const DEVICE_SECONDS = DEVICE_DAYS_MAX * 86_400;
/** Only signing in looks at it. */
const DEVICE_PATH = '/api/v1/auth';

/** The token by which a browser that a member has signed in with is known; null without one. */
export function deviceTokenOf(request: FastifyRequest): string | null {
  const token = cookieOf(request, DEVICE_NAME);
  return token !== null && /^[0-9A-Za-z]{43}$/.test(token) ? token : null;
}

/** Makes the browser a known device. */
export const setDeviceCookie = (request: FastifyRequest, reply: FastifyReply, token: string): void =>
  setCookie(request, reply, {
    name: DEVICE_NAME,
    value: token,
    path: DEVICE_PATH,
    maxAgeSeconds: DEVICE_SECONDS,
  });

/** The token of the session that a request's cookie carries; null without one. */
export const sessionTokenOf = (request: FastifyRequest): string | null =>
  cookieOf(request, isHttps(request) ? SECURE_NAME : NAME);

/** Gives the browser its session; an empty token takes it away. */
export function setSessionCookie(
  request: FastifyRequest,
  reply: FastifyReply,
  token: string,
  maxAgeSeconds: number,
): void {
  const name = isHttps(request) ? SECURE_NAME : NAME;
  setCookie(request, reply, { name, value: token, path: '/', maxAgeSeconds });
}
