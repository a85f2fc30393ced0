import { mayBringClick } from '../server/authenticate.js';
import { redirectFields } from '../server/redirect-reply.js';
import { requestIdOf } from '../server/request-id.js';
import type { Services } from '../server/services.js';
import type { AddressOf, FastReply, Serve } from './fast-path.js';
import { linesOf } from './lines.js';

/**
 * `GET /r/:slug` as `registerRedirects` and the hooks before it have it, for links that exist. What else there is to say to somebody,
 * the long way says.
 */
export function serveRedirects(
  services: Services,
  { follow }: NonNullable<Services['ingest']>,
  addressOf: AddressOf,
): Serve {
  return function serve({ headers, target }, socket) {
    if (socket.remoteAddress === undefined || !mayBringClick(headers, socket, services)) return null;
    const id = requestIdOf({ headers });
    const at = target.indexOf('?');
    const redirection = follow({
      method: 'GET',
      slug: target.slice('/r/'.length, at < 0 ? undefined : at),
      query: at < 0 ? '' : target.slice(at + 1),
      headers,
      address: addressOf(headers, socket),
      requestId: id,
    });
    if (redirection === null) return null;
    const reply: FastReply = {
      status: 302,
      fields: `x-request-id: ${id}\r\nx-content-type-options: nosniff\r\n${linesOf(redirectFields(redirection))}`,
      body: '',
    };
    return redirection.safe === null ? reply : redirection.safe.then(() => reply);
  };
}
