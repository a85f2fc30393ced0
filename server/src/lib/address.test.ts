import { isIP } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { networkOf, normalizeAddress, readAddress } from './address.js';

describe('normalizing an address', () => {
  it.each([
    ['8.8.8.8', '8.8.8.8'],
    ['::ffff:8.8.8.8', '8.8.8.8'],
    ['::FFFF:0808:0808', '8.8.8.8'],
    ['0:0:0:0:0:ffff:8.8.8.8', '8.8.8.8'],
    ['2001:DB8:0:0:0:0:0:1', '2001:db8::1'],
    ['2001:0db8::0001', '2001:db8::1'],
    ['fe80::1%eth0', 'fe80::1'],
    ['::', '::'],
    ['::8.8.8.8', '::808:808'],
    ['', null],
    ['localhost', null],
    ['8.8.8', null],
    ['08.8.8.8', null],
    ['8.8.8.8:80', null],
    ['[::1]', null],
    ['1.2.3.4, 5.6.7.8', null],
    ['1.2.3.4%eth0', null],
    [`fe80::1%${'x'.repeat(100)}`, null],
  ])('%s → %s', (text, canonical) => {
    expect(normalizeAddress(text)).toBe(canonical);
  });

  it('is the same for every way to write an address, valid, and its own canonical form', () => {
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6(), fc.string()), (text) => {
        const canonical = normalizeAddress(text);
        expect(canonical === null).toBe(isIP(text) === 0);
        if (canonical !== null) {
          expect(normalizeAddress(canonical)).toBe(canonical);
          expect(normalizeAddress(text.toUpperCase())).toBe(canonical);
        }
      }),
    );
  });
});

describe('reading an address', () => {
  it.each([
    ['203.0.113.7:51234', '203.0.113.7'],
    ['"203.0.113.7:51234"', '203.0.113.7'],
    ['[2001:DB8::5]:443', '2001:db8::5'],
    ['[2001:db8::5]', '2001:db8::5'],
    ['"[2001:db8::5]:_hidden"', '2001:db8::5'],
    [' 203.0.113.7 ', '203.0.113.7'],
    ['2001:db8::5', '2001:db8::5'],
    ['[::ffff:8.8.8.8]:80', '8.8.8.8'],
    ['203.0.113.7:', null],
    ['203.0.113.700:80', null],
    ['[203.0.113.7', null],
    ['_hidden', null],
    ['unknown', null],
  ])('%s → %s', (text, canonical) => {
    expect(readAddress(text)).toBe(canonical);
  });
});

describe('the network of an address', () => {
  it.each([
    ['8.8.8.254', '8.8.8'],
    ['2001:db8:7:5::1', '2001:db8:7'],
    ['2001:db8:7:1:2:3:4:5', '2001:db8:7'],
    ['2001:db8::1', '2001:db8:0'],
    ['2001::5:6:7:8:9', '2001:0:0'],
    ['::1', '0:0:0'],
    ['::', '0:0:0'],
  ])('of %s is %s', (address, network) => {
    expect(networkOf(address)).toBe(network);
  });

  it('of IPv6 is its first three groups, however it is written', () => {
    const group = fc.integer({ min: 0, max: 0xffff }).map((one) => (one % 3 === 0 ? 0 : one));
    fc.assert(
      fc.property(fc.array(group, { minLength: 8, maxLength: 8 }), (groups) => {
        const text = groups.map((one) => one.toString(16));
        const address = normalizeAddress(text.join(':')) as string;
        fc.pre(address.includes(':')); // not one that is IPv4, mapped
        expect(networkOf(address)).toBe(text.slice(0, 3).join(':'));
      }),
    );
  });
});
