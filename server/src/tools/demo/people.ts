import type { AddressIn } from './addresses.js';
import { makePicker, makeRandom, type Weighted } from './random.js';

const COUNTRIES: Weighted<string> = [
  ['US', 300],
  ['GB', 120],
  ['DE', 110],
  ['FR', 70],
  ['CA', 60],
  ['NL', 45],
  ['AU', 45],
  ['SE', 35],
  ['IN', 35],
  ['BR', 30],
  ['ES', 30],
  ['IT', 28],
  ['PL', 24],
  ['JP', 20],
  ['MX', 16],
  ['CH', 14],
  ['ZA', 10],
  ['SG', 8],
];

const BLINK = 'AppleWebKit/537.36 (KHTML, like Gecko) Chrome';
const WEBKIT = 'AppleWebKit/605.1.15 (KHTML, like Gecko)';
/** User agents as browsers send them. */
const USER_AGENTS: Weighted<string> = [
  [`Mozilla/5.0 (Linux; Android 10; K) ${BLINK}/142.0.0.0 Mobile Safari/537.36`, 300],
  [
    `Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) ${WEBKIT} Version/18.6 Mobile/15E148 Safari/604.1`,
    210,
  ],
  [
    `Mozilla/5.0 (iPhone; CPU iPhone OS 17_7 like Mac OS X) ${WEBKIT} Version/17.7 Mobile/15E148 Safari/604.1`,
    60,
  ],
  [`Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${BLINK}/142.0.0.0 Safari/537.36`, 190],
  [`Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${BLINK}/142.0.0.0 Safari/537.36 Edg/142.0.0.0`, 60],
  [`Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) ${BLINK}/142.0.0.0 Safari/537.36`, 60],
  [`Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) ${WEBKIT} Version/18.6 Safari/605.1.15`, 55],
  ['Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:144.0) Gecko/20100101 Firefox/144.0', 35],
  ['Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0', 10],
  ['Mozilla/5.0 (Android 14; Mobile; rv:144.0) Gecko/144.0 Firefox/144.0', 8],
  [
    `Mozilla/5.0 (Linux; Android 13; SAMSUNG SM-S911B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36`,
    45,
  ],
  [`Mozilla/5.0 (iPad; CPU OS 18_6 like Mac OS X) ${WEBKIT} Version/18.6 Mobile/15E148 Safari/604.1`, 35],
];

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
const pickUserAgent = makePicker(USER_AGENTS);
export const pickPublisher = makePicker(PUBLISHERS);

/** The person of this number, from the seed of the whole month. Four of ten are signed in and have a user id. */
export function personOf(number: number, seed: number, addressIn: AddressIn): Person {
  const random = makeRandom(Math.imul(number + 1, 0x9e3779b1) ^ seed);
  const country = pickCountry(random());
  return {
    address: addressIn(country, random),
    country,
    userAgent: pickUserAgent(random()),
    userId: random() < 0.4 ? `u-${(number + 100_000).toString(36)}` : null,
  };
}
