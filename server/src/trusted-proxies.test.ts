import { expect, it } from 'vitest';
import { ProxyListError, trustOf } from './trusted-proxies.js';

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
