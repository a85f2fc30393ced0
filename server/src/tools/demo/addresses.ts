import { seededRandom } from '@clickledger/traffic';
import type { CountryLookup } from '../../enrich/country.js';

/** Blocks of 256 addresses that are looked at: the smallest country of the demo gets hundreds of them. */
const BLOCKS_MAX = 150_000;
/** Networks of public addresses begin between these: 1.0.0.0 to 223.255.255.0. */
const FIRST_BYTES = [1, 223] as const;
/** Share of people who seem to be elsewhere: by a VPN, a company's network or roaming. */
const ELSEWHERE = 0.015;

/** An address for somebody of a country; `draw` makes numbers from 0 to 1. */
export type AddressIn = (country: string, draw: () => number) => string;

/**
 * Finds blocks of addresses of each country in the data that the server itself goes by, so that a click's country is that of its
 * address for nearly all clicks. The same for the same data.
 *
 * @throws RangeError for a country of which there are none
 */
export function findAddresses({ lookup }: CountryLookup, countries: readonly string[]): AddressIn {
  const random = seededRandom(0xadd7e55);
  const blocks = new Map(countries.map((country) => [country, [] as string[]]));
  const [first, last] = FIRST_BYTES;
  for (let i = 0; i < BLOCKS_MAX; i++) {
    const start = first + Math.floor(random() * (last - first + 1));
    const block = `${start}.${Math.floor(random() * 256)}.${Math.floor(random() * 256)}`;
    const country = lookup(`${block}.1`);
    if (lookup(`${block}.254`) === country) blocks.get(country)?.push(block);
  }
  const missing = countries.filter((country) => blocks.get(country)?.length === 0);
  if (missing.length > 0) throw new RangeError(`no addresses of ${missing.join(', ')}`);
  return (country, draw) => {
    const isElsewhere = draw() < ELSEWHERE;
    const from = isElsewhere ? (countries[Math.floor(draw() * countries.length)] as string) : country;
    const ofCountry = blocks.get(from) ?? [];
    return `${ofCountry[Math.floor(draw() * ofCountry.length)]}.${1 + Math.floor(draw() * 254)}`;
  };
}
