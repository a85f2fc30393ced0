import { networkOf } from '../lib/address.js';
import { makeHmac } from './hmac.js';

/** Fewest bytes of the secret: as many as the hash has (RFC 2104, section 3). */
export const SECRET_BYTES_MIN = 32;

/** Digits at the start of an address's hash that all addresses of its network share: 48 bits for 17 million networks of IPv4. */
export const NETWORK_DIGITS = 12;
const HASH_DIGITS = 32;

/** Whom `unique_users` counts. */
export interface Visitor {
  tenantId: number;
  userId: string | null;
  ipHash: string | null;
  userAgent: string;
}

export interface Hasher {
  /**
   * Keyed hash of a canonical address, 32 hex digits, of which the first `NETWORK_DIGITS` are those of its network: addresses that
   * are neighbours can be told, and nothing else. The address itself is never stored.
   */
  ipHash(address: string): string;
  /**
   * Keyed hash of the user id or, without one, of address and user agent, 16 hex digits; differs by tenant. Empty without user and
   * address: a user agent alone is that of millions.
   */
  visitorKey(visitor: Visitor): string;
}

/**
 * Hashes under the installation's secret, so that nobody without it can find an address by trying all of them (there
 * are only four billion IPv4 addresses). HMAC-SHA-256 throughout. Every input starts with what it is, and its parts
 * are set off by NUL, which no id holds, so that no user id can have the hash of an address.
 */
export function makeHasher(secret: Buffer): Hasher {
  if (secret.length < SECRET_BYTES_MIN)
    throw new RangeError(`The secret needs at least ${SECRET_BYTES_MIN} bytes`);
  const hmac = makeHmac(secret);
  return {
    ipHash: (address) =>
      hmac(`network\0${networkOf(address)}`).slice(0, NETWORK_DIGITS) +
      hmac(`address\0${address}`).slice(0, HASH_DIGITS - NETWORK_DIGITS),
    visitorKey({ tenantId, userId, ipHash, userAgent }) {
      if (userId !== null) return hmac(`visitor-user\0${tenantId}\0${userId}`).slice(0, 16);
      if (ipHash === null) return '';
      return hmac(`visitor-agent\0${tenantId}\0${ipHash}\0${userAgent}`).slice(0, 16);
    },
  };
}
