import { Resolver } from 'node:dns/promises';
import http from 'node:http';
import https from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { isPublicAddress } from './public-address.js';
import { Invalid } from './told.js';

/** How long one name server may take to answer, in milliseconds, and how often it is asked; all of them, within the request's time. */
const RESOLVE = { timeout: 2_000, tries: 2 };
/** How long a check or a request may take: resolving, connecting and the reply's headers together, in milliseconds. */
const REQUEST_MS_MAX = 5_000;

/** A tenant gave a URL that this server does not ask. The message may be shown to the tenant. */
export class TargetRefused extends Invalid {
  constructor(message: string) {
    super(message, 'url');
  }
}

/** The addresses of a host name. @throws when it has none, and soon after the signal */
export type ResolveHost = (host: string, signal: AbortSignal) => Promise<string[]>;

/**
 * Asks the name servers, never the system's `getaddrinfo`: that would take one of the few threads that files and hashes need, for as
 * long as a tenant's name server likes.
 *
 * @param servers name servers with their ports; without, the system's
 */
export const resolveHostBy =
  (servers?: readonly string[]): ResolveHost =>
  async (host, signal) => {
    // RFC 6761, section 6.3: never sent to a name server.
    if (host === 'localhost' || host.endsWith('.localhost')) return ['127.0.0.1', '::1'];
    const resolver = new Resolver(RESOLVE);
    if (servers) resolver.setServers(servers);
    const asked = Promise.allSettled([resolver.resolve4(host), resolver.resolve6(host)]);
    const cancel = () => resolver.cancel();
    signal.addEventListener('abort', cancel);
    if (signal.aborted) cancel();
    const answers = await asked;
    signal.removeEventListener('abort', cancel);
    const addresses = answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
    if (addresses.length === 0) throw new TargetRefused('The host name of the URL cannot be found.');
    return addresses;
  };

/** Everything that this server sends to a URL that a tenant gave goes through here. */
export interface TenantFetch {
  /** Resolves if the URL may be asked now. @throws TargetRefused */
  check(url: URL): Promise<void>;
  /**
   * Posts a body; the reply's own body is not read, and a redirect is not followed.
   *
   * @returns the status of the reply
   * @throws TargetRefused, or a network error
   */
  post(url: URL, headers: Record<string, string>, body: string): Promise<number>;
}

/**
 * The one way to a URL that a tenant gave. Its host is resolved once, every address that it has must be public, and the connection
 * goes to one of those addresses: a name that resolves to another one a moment later (DNS rebinding) leads nowhere else.
 *
 * @param isAllowed addresses that may be asked although they are not public: the operator's choice
 * @param timeMs that a check or a request may take in all, in milliseconds
 */
export function makeTenantFetch(
  isAllowed: (address: string) => boolean,
  resolve: ResolveHost = resolveHostBy(),
  timeMs = REQUEST_MS_MAX,
): TenantFetch {
  async function addressesOf(url: URL, signal: AbortSignal): Promise<string[]> {
    if (url.protocol !== 'https:' && url.protocol !== 'http:')
      throw new TargetRefused('The URL must start with https:// or http://.');
    if (url.username !== '' || url.password !== '')
      throw new TargetRefused('The URL must not contain a user name or a password.');
    const host = url.hostname.replace(/^\[|\]$/g, '');
    const addresses = isIP(host) ? [host] : await resolve(host, signal);
    if (!addresses.every((address) => isPublicAddress(address) || isAllowed(address)))
      throw new TargetRefused(
        'The URL points to a private or reserved address. The operator of this server can allow it with WEBHOOK_PRIVATE_RANGES.',
      );
    return addresses;
  }

  async function post(url: URL, headers: Record<string, string>, body: string): Promise<number> {
    const signal = AbortSignal.timeout(timeMs);
    const addresses = await addressesOf(url, signal);
    return new Promise((done, fail) => {
      const { request } = url.protocol === 'https:' ? https : http;
      const sent = request(url, {
        method: 'POST',
        headers: { ...headers, 'content-length': Buffer.byteLength(body) },
        // A connection of its own: one that is kept could be to an address that was checked for another URL.
        agent: false,
        lookup: pinnedTo(addresses),
        signal,
      });
      sent.once('response', (response) => {
        done(response.statusCode ?? 0);
        response.destroy();
      });
      // Stays: a socket that is destroyed after the reply may report it.
      sent.on('error', fail);
      sent.end(body);
    });
  }

  return { check: async (url) => void (await addressesOf(url, AbortSignal.timeout(timeMs))), post };
}

/** Answers with the addresses that were checked, whatever is asked. */
const pinnedTo =
  (addresses: readonly string[]): LookupFunction =>
  (_host, { all }, callback) => {
    const entries = addresses.map((address) => ({ address, family: isIP(address) }));
    const [first] = entries;
    if (all) callback(null, entries);
    else callback(null, first?.address ?? '', first?.family);
  };
