import { expect, it } from 'vitest';
import { takesGzip } from './packed-reply.js';

it.each([
  ['gzip', true],
  ['gzip, deflate, br, zstd', true],
  ['br;q=1.0, gzip;q=0.8, *;q=0.1', true],
  ['x-gzip', true],
  ['GZIP', true],
  ['gzip;q=0.001', true],
  ['gzip;q=0', false],
  ['br, gzip ; q=0.000', false],
  ['gzipped', false],
  ['identity', false],
  ['br', false],
  ['', false],
  [undefined, false],
])('Accept-Encoding %j takes gzip: %s', (header, takes) => {
  expect(takesGzip(header)).toBe(takes);
});
