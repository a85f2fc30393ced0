import { COUNTRIES, DEVICES, makePicker, seededRandom, type Weighted } from '@clickledger/traffic';
import type { AddressIn } from './addresses.js';

const PUBLISHERS: Weighted<string> = [
  ['https://www.news-today.example/', 26],
  ['https://www.recipes-and-more.example/', 14],
  ['https://weather.example/', 12],
  ['https://forum.hikers.example/', 9],
  ['https://play.arcade.example/', 8],
  ['https://search.example/', 25],
  ['', 18],
];

/** Somebody who clicks; the same number is always the same person. */
export interface Person {
  userId: string | null;
  address: string;
  country: string;
  userAgent: string;
}

/** Where the people of the demo are. */
export const DEMO_COUNTRIES = COUNTRIES.map(([country]) => country);

const pickCountry = makePicker(COUNTRIES);
const pickDevice = makePicker(DEVICES);
export const pickPublisher = makePicker(PUBLISHERS);

/** The person of this number, from the seed of the whole month. Four of ten are signed in and have a user id. */
export function personOf(number: number, seed: number, addressIn: AddressIn): Person {
  const random = seededRandom(Math.imul(number + 1, 0x9e3779b1) ^ seed);
  const country = pickCountry(random);
  return {
    address: addressIn(country, random),
    country,
    userAgent: pickDevice(random).user_agent,
    userId: random() < 0.4 ? `u-${(number + 100_000).toString(36)}` : null,
  };
}
