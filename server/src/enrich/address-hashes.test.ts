import { describe, expect, it } from 'vitest';
import { makeHasher, NETWORK_DIGITS } from '../enrich/hasher.js';
import { addressHashes } from './address-hashes.js';

const hasher = makeHasher(Buffer.alloc(32, 7));
/** Whether the hashes of a range name this address, as the query of the preview compares them. */
const names = (range: string, address: string) => {
  const hashes = addressHashes(range, hasher);
  return hashes?.values.includes(hasher.ipHash(address).slice(0, hashes.digits));
};

describe('the hashes of a range', () => {
  it.each([
    ['203.0.113.7', '203.0.113.7', '203.0.113.8'],
    ['203.0.113.8/29', '203.0.113.15', '203.0.113.16'],
    ['203.0.113.128/25', '203.0.113.255', '203.0.113.127'],
    ['203.0.113.0/24', '203.0.113.255', '203.0.114.0'],
    ['203.0.0.0/16', '203.0.255.255', '203.1.0.0'],
    ['2001:db8:1::/48', '2001:db8:1:ffff::1', '2001:db8:2::1'],
    ['2001:db8::1', '2001:db8::1', '2001:db8::2'],
  ])('%s names its last address, and not the one after it', (range, last, after) => {
    expect([names(range, last), names(range, after)]).toEqual([true, false]);
  });

  it('are as many as there are addresses, or networks', () => {
    expect(addressHashes('203.0.113.0/25', hasher)?.values).toHaveLength(128);
    expect(addressHashes('203.0.113.0/24', hasher)?.values).toHaveLength(1);
    expect(addressHashes('203.0.0.0/16', hasher)?.values).toHaveLength(256);
    expect(addressHashes('203.0.113.0/24', hasher)?.values[0]).toHaveLength(NETWORK_DIGITS);
  });

  it.each(['203.0.0.0/15', '0.0.0.0/0', '2001:db8::/32', '2001:db8::/64'])('%s is too wide to try', (range) =>
    expect(addressHashes(range, hasher)).toBeNull(),
  );
});
