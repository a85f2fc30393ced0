import { type Hasher, NETWORK_DIGITS } from '../enrich/hasher.js';
import { normalizeAddress } from '../lib/address.js';
import { parseRange } from '../lib/address-ranges.js';

/** The widest range of IPv4 that is tried: 256 networks. */
const IPV4_BITS_MIN = 16;
const IPV4_NETWORK_BITS = 24;
const IPV4_BITS = 32;
/** A network, and a single address, of IPv6. */
const IPV6_NETWORK_BITS = 48;
const IPV6_BITS = 128;

/** The hashes of a range: of each address in it, or (`digits` long) of each network that it is made of. */
export interface AddressHashes {
  of: 'address' | 'network';
  digits: number;
  values: string[];
}

/**
 * The hashes under which the addresses of a range are stored. Null for a range that is too wide to try, or ends within a network
 * of IPv6.
 *
 * @throws NotARange
 */
export function addressHashes(range: string, hasher: Pick<Hasher, 'ipHash'>): AddressHashes | null {
  const { isV4, start, bits } = parseRange(range);
  const network = (address: string) => hasher.ipHash(address).slice(0, NETWORK_DIGITS);
  if (!isV4) {
    const address = normalizeAddress(range.trim().split('/')[0] ?? '') ?? '';
    if (bits === IPV6_BITS) return addresses([hasher.ipHash(address)]);
    return bits === IPV6_NETWORK_BITS ? networks([network(address)]) : null;
  }
  if (bits < IPV4_BITS_MIN) return null;
  const step = bits > IPV4_NETWORK_BITS ? 1 : 2 ** (IPV4_BITS - IPV4_NETWORK_BITS);
  const count = 2 ** (IPV4_BITS - bits) / step;
  const all = Array.from({ length: count }, (_, i) => dotted(Number(start) + i * step));
  return step === 1 ? addresses(all.map((one) => hasher.ipHash(one))) : networks(all.map(network));
}

const addresses = (values: string[]): AddressHashes => ({
  of: 'address',
  digits: values[0]?.length ?? 0,
  values,
});
const networks = (values: string[]): AddressHashes => ({ of: 'network', digits: NETWORK_DIGITS, values });

const dotted = (number: number) => [24, 16, 8, 0].map((shift) => (number >>> shift) & 255).join('.');
