import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { makeHasher, NETWORK_DIGITS, SECRET_BYTES_MIN } from './hasher.js';

const secret = Buffer.alloc(32, 1);
const visitor = { tenantId: 1, userId: null, ipHash: 'aa', userAgent: 'x' };

describe('the keyed hashes', () => {
  it('are HMAC-SHA-256 of the network and the address, the same each time', () => {
    const { ipHash } = makeHasher(secret);
    const hmac = (text: string) => createHmac('sha256', secret).update(text).digest('hex');
    const expected = hmac('network\x008.8.8').slice(0, 12) + hmac('address\x008.8.8.8').slice(0, 20);
    expect([ipHash('8.8.8.8'), ipHash('8.8.8.8')]).toEqual([expected, expected]);
    expect(makeHasher(Buffer.alloc(32, 2)).ipHash('8.8.8.8')).not.toBe(expected);
  });

  it('of two addresses begin alike in one network, and nowhere else', () => {
    const { ipHash } = makeHasher(secret);
    const network = (address: string) => ipHash(address).slice(0, NETWORK_DIGITS);
    expect(network('8.8.8.8')).toBe(network('8.8.8.254'));
    expect(network('8.8.8.8')).not.toBe(network('8.8.9.8'));
    expect(network('8.8.8.8')).not.toBe(network('88.8.8.8'));
    expect(ipHash('8.8.8.8')).not.toBe(ipHash('8.8.8.9'));
  });

  it('tell visitors apart by user id, else by address and user agent, and by tenant', () => {
    const { visitorKey, ipHash } = makeHasher(secret);
    const keys = [
      visitor,
      { ...visitor, ipHash: 'ab' },
      { ...visitor, userAgent: 'y' },
      { ...visitor, tenantId: 2 },
      { ...visitor, userId: 'u' },
      { ...visitor, userId: 'u', tenantId: 2 },
      { ...visitor, userId: 'aa' },
      { ...visitor, userId: ipHash('8.8.8.8') },
    ].map(visitorKey);
    expect(new Set(keys).size).toBe(keys.length);
    for (const key of keys) expect(key).toMatch(/^[0-9a-f]{16}$/);
    expect(visitorKey({ ...visitor, userId: 'u', ipHash: 'zz', userAgent: 'other' })).toBe(keys[4]);
  });

  it('of neither user nor address have no key: a user agent alone is that of millions', () => {
    const { visitorKey } = makeHasher(secret);
    expect(visitorKey({ ...visitor, userId: null, ipHash: null })).toBe('');
    expect(visitorKey({ ...visitor, userId: 'u', ipHash: null })).not.toBe('');
    expect(visitorKey({ ...visitor, userId: null, userAgent: '' })).not.toBe('');
  });

  it('need a secret as long as the hash', () => {
    expect(() => makeHasher(Buffer.alloc(SECRET_BYTES_MIN - 1))).toThrow('at least 32 bytes');
  });
});
