import { expect, it } from 'vitest';
import { classifyAgent } from '../enrich/agent-class.js';
import { parseUserAgent } from '../enrich/user-agent.js';
import { makeViewerOf } from './viewer.js';

const PHONE =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1';
const viewerOf = makeViewerOf({
  country: (address) => (address === '192.0.2.1' ? 'DE' : ''),
  userAgent: parseUserAgent,
  agentClass: classifyAgent,
});
const ask = (headers: Record<string, string>, method = 'GET') =>
  viewerOf({ method, headers: { 'user-agent': PHONE, ...headers }, address: '192.0.2.1' });

it('an image that a person sees has the country of the address and the device of the user agent', () => {
  expect(ask({})).toEqual({ country: 'DE', deviceType: 'mobile' });
  expect(viewerOf({ method: 'GET', headers: { 'user-agent': PHONE }, address: null })).toEqual({
    country: '',
    deviceType: 'mobile',
  });
});

it.each([
  ['HEAD', 'HEAD', {}, 'head'],
  ['a prefetch', 'GET', { 'sec-purpose': 'prefetch;prerender' }, 'prefetch'],
  ['a prefetch of an old browser', 'GET', { 'x-moz': 'prefetch' }, 'prefetch'],
  ['a robot', 'GET', { 'user-agent': 'Googlebot-Image/1.0' }, 'robot'],
  ['a program', 'GET', { 'user-agent': 'curl/8.5.0' }, 'robot'],
  ['nobody that says who it is', 'GET', { 'user-agent': '' }, 'robot'],
])('%s is no impression', (_, method, headers, why) => {
  expect(ask(headers as Record<string, string>, method)).toBe(why);
});
