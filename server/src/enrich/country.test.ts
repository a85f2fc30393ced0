import { beforeAll, describe, expect, it } from 'vitest';
import { type CountryLookup, countryOf, openCountryLookup } from './country.js';

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
