import type { IncomingHttpHeaders } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyRequest } from 'fastify';

/** The host of a Host header, without its port: `[::1]:3000` is `[::1]`. */
const hostOf = (header: string): string => header.replace(/:\d+$/, '').toLowerCase();

/** Without the port of the scheme, which browsers leave out and some proxies put in. */
const withoutPort = (host: string): string => host.replace(/:(?:80|443)$/, '');

const PROXY_HEADERS = new Set([
  'forwarded',
  'via',
  'x-real-ip',
  'x-client-ip',
  'true-client-ip',
  'cf-connecting-ip',
]);

const LOOPBACK_NAMES = new Set(['localhost', '127.0.0.1', '[::1]']);

/** Whether a request names this machine by one of its loopback names. One without Host (HTTP/1.0) is no browser's. */
export const isLoopbackHost = (host: string | undefined): boolean =>
  host === undefined || LOOPBACK_NAMES.has(hostOf(host));

/** Whether a connection comes from this machine; `inject` has no other. */
export const isLoopbackPeer = ({ remoteAddress }: Pick<Socket, 'remoteAddress'>): boolean =>
  remoteAddress !== undefined && /^(?:::ffff:)?127\.|^::1$/.test(remoteAddress);

/**
 * Whether a proxy passed a request on: by any of the headers with which proxies say so, or by HTTP/1.0, which nginx speaks to servers
 * unless it is told otherwise. It then sends none of the headers, and names the server as its `Host`.
 */
export function wasForwarded(headers: IncomingHttpHeaders, httpVersion: string): boolean {
  if (httpVersion === '1.0') return true;
  for (const name in headers) if (name.startsWith('x-forwarded-') || PROXY_HEADERS.has(name)) return true;
  return false;
}

/**
 * Whether a request is sent by a page of ours, or by no page at all. Browsers tell it with what they alone set:
 * `Sec-Fetch-Site`, and `Origin` on everything but plain navigation. `same-site` is no page of ours: another port, or
 * another name of the same domain.
 */
export function comesFromHere({ headers }: FastifyRequest): boolean {
  const site = headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return false;
  const { origin, host } = headers;
  if (origin === undefined) return true;
  // The scheme is the balancer's affair; the host is what a cookie belongs to.
  return (
    URL.canParse(origin) && withoutPort(new URL(origin).host) === withoutPort((host ?? '').toLowerCase())
  );
}
