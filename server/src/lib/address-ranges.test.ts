import { expect, it } from 'vitest';
import { AddressRanges, NotARange, parseRange } from './address-ranges.js';

it('finds the longest range that holds an address, first and last address included', () => {
  const ranges = new AddressRanges([
    ['192.0.2.0/24', 'net'],
    ['192.0.2.128/25', 'half'],
    ['192.0.2.200', 'one'],
    ['2001:db8::/32', 'six'],
  ]);
  const found = (address: string) => ranges.find(address);
  expect([found('192.0.2.0'), found('192.0.2.127'), found('192.0.2.128'), found('192.0.2.255')]).toEqual([
    'net',
    'net',
    'half',
    'half',
  ]);
  expect([found('192.0.2.200'), found('192.0.1.255'), found('192.0.3.0')]).toEqual([
    'one',
    undefined,
    undefined,
  ]);
  expect([found('2001:db8::1'), found('2001:db8:ffff::'), found('2001:db9::'), found('::1')]).toEqual([
    'six',
    'six',
    undefined,
    undefined,
  ]);
});

it('a range of no bits holds every address of its kind', () => {
  const ranges = new AddressRanges([['0.0.0.0/0', true]]);
  expect([ranges.find('255.255.255.255'), ranges.find('::1')]).toEqual([true, undefined]);
});

it('cuts host bits off, and knows a mapped address as IPv4', () => {
  expect(parseRange('192.0.2.77/24')).toEqual(parseRange('192.0.2.0/24'));
  expect(parseRange('::ffff:192.0.2.1')).toEqual(parseRange('192.0.2.1'));
});

it.each(['', 'x', '1.2.3', '1.2.3.4/33', '1.2.3.4/', '1.2.3.4/8/8', '::/129', '1.2.3.4/-1'])(
  'refuses "%s"',
  (text) => {
    expect(() => parseRange(text)).toThrow(NotARange);
  },
);
