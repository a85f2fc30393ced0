import proxyAddress from '@fastify/proxy-addr';
import { useForwarded } from '../../lib/trusted-proxies.js';
import type { ErrorReplies } from '../server/errors.js';
import type { Services } from '../server/services.js';
import type { AddressOf, Serve } from './fast-path.js';
import { CLICKS_TARGET } from './plain-request.js';
import { serveClicks } from './serve-clicks.js';
import { serveRedirects } from './serve-redirects.js';

/**
 * What the fast path serves: clicks, and redirects of links.
 *
 * @param isTrusted whether an address is a proxy's whose X-Forwarded-For is believed; null when none is
 */
export function servePlain(
  services: Services,
  role: NonNullable<Services['ingest']>,
  replies: ErrorReplies,
  isTrusted: ((address: string) => boolean) | null,
): Serve {
  const addressOf: AddressOf = (headers, socket) => {
    if (isTrusted === null) return socket.remoteAddress ?? null;
    useForwarded(headers);
    return proxyAddress({ headers, socket } as never, isTrusted) ?? null;
  };
  const clicks = serveClicks(services, role, replies, addressOf);
  const redirects = serveRedirects(services, role, addressOf);
  return (request, socket) =>
    request.target === CLICKS_TARGET ? clicks(request, socket) : redirects(request, socket);
}
