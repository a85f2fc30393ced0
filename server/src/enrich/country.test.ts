import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import fc from 'fast-check';
import { type CountryResponse, Reader } from 'maxmind';
import { beforeAll, describe, expect, it } from 'vitest';
import { type CountryLookup, countryOf, DATABASE, openCountryLookup } from './country.js';

const dotted = (number: number) => [24, 16, 8, 0].map((bits) => (number >>> bits) & 255).join('.');

describe('the country of an address', () => {
  let countries: CountryLookup;
  beforeAll(async () => {
    countries = await openCountryLookup();
  });

  it.each([
    ['8.8.8.8', 'US'],
    ['::ffff:8.8.8.8', 'US'],
    ['::ffff:808:808', 'US'],
    ['2001:4860:4860::8888', 'US'],
    ['2001:4860:4860:0:0:0:0:8888%eth0', 'US'],
    ['193.0.6.139', 'NL'],
    ['10.0.0.1', ''],
    ['192.168.1.1', ''],
    ['172.16.0.1', ''],
    ['127.0.0.1', ''],
    ['169.254.1.1', ''],
    ['100.64.0.1', ''],
    ['0.0.0.0', ''],
    ['255.255.255.255', ''],
    ['::1', ''],
    ['::', ''],
    ['fe80::1', ''],
    ['fd00::1', ''],
    ['', ''],
    ['not an address', ''],
    ['8.8.8.8.8', ''],
    ['x'.repeat(10_000), ''],
  ])('%s → "%s"', (ip, country) => {
    expect(countries.lookup(ip)).toBe(country);
    expect(countries.lookup(ip)).toBe(country);
  });

  it('is what the library finds, all over IPv4', () => {
    const reader = new Reader<CountryResponse>(
      readFileSync(createRequire(import.meta.url).resolve(DATABASE)),
    );
    const address = fc.integer({ min: 0, max: 2 ** 32 - 1 }).map((number) => dotted(number));
    fc.assert(
      fc.property(address, (one) => {
        expect(countries.lookup(one)).toBe(countryOf(reader.get(one)));
      }),
      { numRuns: 5_000 },
    );
  });

  it('is taken from a record only when it is a code of the contract', () => {
    expect(countryOf({ country_code: 'DE' })).toBe('DE');
    for (const record of [
      null,
      undefined,
      'DE',
      {},
      { country_code: 'ZZ' },
      { country_code: 1 },
      { country: 'DE' },
    ]) {
      expect(countryOf(record)).toBe('');
    }
  });
});
