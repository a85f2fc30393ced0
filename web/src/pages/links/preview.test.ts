import { LINK_MACROS } from '@clickledger/contract';
import { expect, test } from 'vitest';
import { MACRO_MEANINGS, previewUrl, SAMPLE, unknownMacros } from './preview.js';

const plain = { passes: false, clickIdParameter: '' };
const values = { ...SAMPLE, click_id: 'c-1', campaign_id: 'spring & summer', os: 'iOS' };

test.each([
  ['https://shop.example/?cid={click_id}', 'https://shop.example/?cid=c-1'],
  // Percent-encoded, so that a value ends no parameter and begins none.
  [
    'https://shop.example/{campaign_id}?c={campaign_id}',
    'https://shop.example/spring%20%26%20summer?c=spring%20%26%20summer',
  ],
  ['https://shop.example/?a={nope}&b={sub2}', 'https://shop.example/?a=&b='],
  ['https://shop.example/?s={sub1}', 'https://shop.example/?s=a%2Fb'],
])('%s leads to %s', (destination, url) => {
  expect(previewUrl(destination, values, 'sub1=a%2Fb', plain)).toBe(url);
});

test('query parameters and the click ID are appended where the link says so, before a fragment, and replace nothing', () => {
  const shaping = { passes: true, clickIdParameter: 'cid' };
  expect(previewUrl('https://shop.example/?a=1#top', values, 'a=2&cid=x&utm_source=x y', shaping)).toBe(
    'https://shop.example/?a=1&utm_source=x%20y&cid=c-1#top',
  );
  expect(previewUrl('https://shop.example', values, '', shaping)).toBe('https://shop.example?cid=c-1');
});

test.each(['', 'https://', 'shop.example', 'javascript:alert(1)'])('"%s" has no preview', (text) => {
  expect(previewUrl(text, values, '', plain)).toBeNull();
});

test('every macro that there is has a meaning, and others are named', () => {
  expect(Object.keys(MACRO_MEANINGS)).toEqual([...LINK_MACROS]);
  expect(unknownMacros('https://a.example/{click_id}/{clickid}')).toEqual(['{clickid}']);
});
