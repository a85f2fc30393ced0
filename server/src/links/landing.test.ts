import { LANDING_PARAMETERS, LIMITS, PLATFORM_CLICK_IDS } from '@clickledger/contract';
import { expect, it } from 'vitest';
import { landingOf, landingWith } from './landing.js';
import { parametersOf } from './parameters.js';

const LINK = '0198f2a0-0000-7000-8000-00000000000a';
const read = (query: string, isPrivate = false) =>
  JSON.parse(landingWith(LINK, parametersOf(query), isPrivate));

it.each(LANDING_PARAMETERS)('%s is stored with the click, decoded', (name) => {
  expect(read(`other=1&${name}=a%20b+c%C3%A9&${name}=second`)).toEqual({ link_id: LINK, [name]: 'a b cé' });
});

it('whoever asks for privacy is stored without the IDs of platforms', () => {
  const query = [...PLATFORM_CLICK_IDS, 'utm_source', 'sub1'].map((name) => `${name}=x`).join('&');
  expect(read(query, true)).toEqual({ link_id: LINK, utm_source: 'x', sub1: 'x' });
});

it('nothing else is stored, nor a link ID that the query brings, nor what is empty, nor control characters', () => {
  expect(read('link_id=evil&__proto__=x&constructor=y&sub1=&sub2=a%00b%0d%0a&email=a%40b')).toEqual({
    link_id: LINK,
    sub2: 'ab',
  });
  expect(landingWith(LINK, [], false)).toBe(landingOf(LINK));
});

it('values are cut, and all of them are bounded', () => {
  const limit = LIMITS.landingValueLengthMax;
  expect(read(`sub1=${'a'.repeat(limit)}&sub2=${'b'.repeat(limit + 1)}`)).toEqual({
    link_id: LINK,
    sub1: 'a'.repeat(limit),
    sub2: 'b'.repeat(limit),
  });
  const wide = LANDING_PARAMETERS.map((name) => `${name}=${encodeURIComponent('ü"'.repeat(128))}`).join('&');
  const text = landingWith(LINK, parametersOf(wide), false);
  expect(Buffer.byteLength(text)).toBeLessThanOrEqual(LIMITS.landingBytesMax);
  expect(Object.keys(JSON.parse(text)).length).toBeGreaterThan(5);
});

it('a query that is no UTF-8 is stored as it was sent', () => {
  expect(read('sub1=caf%E9&sub2=%')).toEqual({ link_id: LINK, sub1: 'caf%E9', sub2: '%' });
});
