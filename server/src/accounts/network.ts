import { ipv6PrefixOf, normalizeAddress } from '../lib/address.js';

/**
 * What one person can easily be: an IPv4 address, or the /64 of an IPv6 address, of which a subscriber has all 2^64.
 *
 * @returns such as `192.0.2.1` or `2001:db8:0:1::/64`; what is no address as it is
 */
export function networkOf(address: string): string {
  const plain = normalizeAddress(address);
  if (plain === null) return address;
  return plain.includes(':') ? `${ipv6PrefixOf(plain, 4).join(':')}::/64` : plain;
}
