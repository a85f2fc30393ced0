import type { IncomingHttpHeaders } from 'node:http';
import { BlockList, isIP } from 'node:net';
import { withoutPort } from './address.js';
import { BoundedCache } from './bounded-cache.js';

/** Addresses whose answer is kept: proxies are few, and the hop before one is looked at as well. */
const KEPT_MAX = 10_000;
/** Networks that no client on the Internet comes from. */
export const PRIVATE_NETWORKS = ['loopback', 'linklocal', 'uniquelocal'];
/** Names for ranges, as Express and Fastify know them. */
const NAMED: Record<string, string[]> = {
  loopback: ['127.0.0.0/8', '::1/128'],
  linklocal: ['169.254.0.0/16', 'fe80::/10'],
  uniquelocal: ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7'],
};
const MAPPED = '::ffff:';

/** A proxy's address or range can't be read. */
export class ProxyListError extends Error {
  override name = 'ProxyListError';
}

/**
 * Whether an address is one of the trusted proxies: what Fastify's `trustProxy` asks for every hop of every request.
 *
 * @param proxies addresses, CIDR ranges, or `loopback`, `linklocal`, `uniquelocal`. Throws `ProxyListError` for anything else.
 */
export function trustOf(proxies: readonly string[]): (address: string) => boolean {
  const list = new BlockList();
  for (const proxy of proxies.flatMap((one) => NAMED[one] ?? [one])) add(list, proxy);
  const check = (address: string) => {
    const bare = withoutPort(address);
    const plain = bare.startsWith(MAPPED) ? bare.slice(MAPPED.length) : bare;
    const version = isIP(plain);
    return version !== 0 && list.check(plain, version === 4 ? 'ipv4' : 'ipv6');
  };
  const kept = new BoundedCache<boolean>(KEPT_MAX);
  return (address) => kept.get(address, check);
}

/** One element of a Forwarded field: a comma within quotes separates nothing. */
const ELEMENT = /(?:[^,"]|"(?:[^"\\]|\\.)*"?)+/g;
const FOR = /(?:^|;)\s*for\s*=\s*("(?:[^"\\]|\\.)*"|[^;]*)/i;

/** The addresses of a Forwarded field (RFC 7239) as X-Forwarded-For has them; `unknown` for a hop that names none. */
export const forwardedFor = (field: string): string =>
  (field.match(ELEMENT) ?? []).map((one) => withoutPort(FOR.exec(one)?.[1] ?? 'unknown')).join(', ');

/**
 * Puts the addresses of a Forwarded field where X-Forwarded-For would have them, for those proxies that send only the newer one. A
 * proxy that sends the older one may pass on a Forwarded of anybody's making: it is not looked at then.
 */
export function useForwarded(headers: IncomingHttpHeaders): void {
  if (headers.forwarded !== undefined && headers['x-forwarded-for'] === undefined)
    headers['x-forwarded-for'] = forwardedFor(headers.forwarded);
}

/** The client in a list of addresses, each hop's after those before it: the last that is no trusted proxy. */
export function clientOf(list: string, isTrusted: (address: string) => boolean): string {
  const text = /(?:^|[,;])\s*for\s*=/i.test(list) ? forwardedFor(list) : list;
  const hops = text.split(',').map((hop) => hop.trim());
  return hops.findLast((hop) => !isTrusted(hop)) ?? hops[0] ?? '';
}

function add(list: BlockList, proxy: string): void {
  const [address = '', prefix, ...rest] = proxy.split('/');
  const version = isIP(address);
  const family = version === 4 ? 'ipv4' : 'ipv6';
  const bitsMax = version === 4 ? 32 : 128;
  const bits = prefix === undefined ? bitsMax : Number(prefix);
  if (
    version === 0 ||
    rest.length > 0 ||
    prefix === '' ||
    !Number.isInteger(bits) ||
    bits < 0 ||
    bits > bitsMax
  )
    throw new ProxyListError(`'${proxy}' is no address or range`);
  list.addSubnet(address, bits, family);
}
