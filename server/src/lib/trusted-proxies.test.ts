import { expect, it } from 'vitest';
import { clientOf, forwardedFor, ProxyListError, trustOf, useForwarded } from './trusted-proxies.js';

it.each([
  ['127.0.0.1', '127.0.0.1', true],
  ['127.0.0.1', '::ffff:127.0.0.1', true],
  ['127.0.0.1', '127.0.0.2', false],
  ['10.0.0.0/8', '10.200.3.4', true],
  ['10.0.0.0/8', '11.0.0.1', false],
  ['2001:db8::/32', '2001:db8:1::1', true],
  ['2001:db8::/32', '2001:db9::1', false],
  ['loopback', '::1', true],
  ['uniquelocal', '192.168.7.7', true],
  ['10.0.0.1', '10.0.0.1:443', true],
  ['2001:db8::/32', '[2001:db8::1]:443', true],
  ['10.0.0.1', 'unknown', false],
  ['10.0.0.1', '', false],
])('%s: %s → %s', (proxy, address, trusted) => {
  const trust = trustOf([proxy]);
  expect([trust(address), trust(address)]).toEqual([trusted, trusted]);
});

it.each(['proxy.example', '10.0.0.0/33', '10.0.0.0/', '10.0.0.0/8/8', '::1/129', ''])(
  'refuses %s',
  (proxy) => {
    expect(() => trustOf([proxy])).toThrow(ProxyListError);
  },
);

it.each([
  ['for=192.0.2.60;proto=http;by=203.0.113.43', '192.0.2.60'],
  ['for=192.0.2.43, for="[2001:db8:cafe::17]:4711"', '192.0.2.43, 2001:db8:cafe::17'],
  ['proto=https; For="_gazonk"', '_gazonk'],
  ['proto=https, for=192.0.2.1', 'unknown, 192.0.2.1'],
  ['for="a, b;c"; by=x,for=192.0.2.1:80', 'a, b;c, 192.0.2.1'],
  ['', ''],
  ['"', 'unknown'],
])('Forwarded %s names %s', (field, list) => {
  expect(forwardedFor(field)).toBe(list);
});

it('Forwarded is not looked at beside an X-Forwarded-For: the proxy may have passed it on', () => {
  const headers = { forwarded: 'for=192.0.2.1', 'x-forwarded-for': '192.0.2.9' };
  useForwarded(headers);
  expect(headers['x-forwarded-for']).toBe('192.0.2.9');
});

it.each([
  ['203.0.113.7', '203.0.113.7'],
  ['203.0.113.7, 10.0.0.2', '203.0.113.7'],
  ['198.51.100.1, 203.0.113.7:51234, 10.0.0.2:80', '203.0.113.7:51234'],
  ['10.0.0.3, 10.0.0.2', '10.0.0.3'],
  ['for=198.51.100.1, for=203.0.113.7, for=10.0.0.2', '203.0.113.7'],
  ['', ''],
])('the client in the list %s is %s: the last that is no proxy', (list, client) => {
  expect(clientOf(list, trustOf(['10.0.0.0/8']))).toBe(client);
});
