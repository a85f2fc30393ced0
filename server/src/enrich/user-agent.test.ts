import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { DEVICE_TYPES } from '@clickledger/contract';
import { CRAWLER, DEVICES, HEADLESS } from '@clickledger/traffic';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ACCESS_LOG } from '../tools/import/testing/bytes.js';
import { classifyAgent } from './agent-class.js';
import { parseUserAgent } from './user-agent.js';

const WINDOWS = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)';

describe('parsing a user agent', () => {
  it.each([
    [`${WINDOWS} Chrome/126.0.0.0 Safari/537.36`, 'Windows', 'Chrome', 'desktop'],
    [`${WINDOWS} Chrome/126.0.0.0 Safari/537.36 Edg/126.0.0.0`, 'Windows', 'Edge', 'desktop'],
    [
      'Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0',
      'Ubuntu',
      'Firefox',
      'desktop',
    ],
    [
      'Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 Chrome/126.0.0.0 Safari/537.36',
      'Chromium OS',
      'Chrome',
      'desktop',
    ],
    [
      'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Safari/605.1.15',
      'Mac OS',
      'Safari',
      'desktop',
    ],
    [
      'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1',
      'iOS',
      'Mobile Safari',
      'mobile',
    ],
    [
      'Mozilla/5.0 (iPad; CPU OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1',
      'iOS',
      'Mobile Safari',
      'tablet',
    ],
    [
      'Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Mobile Safari/537.36',
      'Android',
      'Chrome',
      'mobile',
    ],
    [
      'Mozilla/5.0 (Linux; Android 10; CUBOT X30) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Mobile Safari/537.36',
      'Android',
      'Chrome',
      'mobile',
    ],
    [
      'Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Mobile Safari/537.36 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)',
      'Android',
      'Chrome',
      '',
    ],
    [
      'Mozilla/5.0 (SMART-TV; Linux; Tizen 5.0) AppleWebKit/538.1 (KHTML, like Gecko) Version/5.0 TV Safari/538.1',
      'Tizen',
      'Samsung Browser',
      'tv',
    ],
    [
      'Mozilla/5.0 (PlayStation; PlayStation 5/2.26) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/13.0 Safari/605.1.15',
      'PlayStation',
      'Safari',
      'console',
    ],
    ['Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)', '', '', ''],
    ['curl/8.5.0', '', '', ''],
    ['', '', '', ''],
  ])('%s', (ua, os, browser, deviceType) => {
    expect(parseUserAgent(ua)).toMatchObject({ os, deviceType, ...(os === 'Tizen' ? {} : { browser }) });
  });

  it('gives one name to one system, however it is spelled', () => {
    expect(parseUserAgent('Mozilla/5.0 (X11; linux x86_64) Gecko/20100101 Firefox/1.0').os).toBe('Linux');
  });

  it('never throws, and its labels are short and plain, whatever it gets', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 1_200, unit: 'binary' }), (ua) => {
        const { os, browser, deviceType } = parseUserAgent(ua);
        expect(os.length <= 64 && browser.length <= 64).toBe(true);
        expect(['', ...DEVICE_TYPES]).toContain(deviceType);
      }),
    );
  });

  it('takes milliseconds at worst for hostile user agents', () => {
    const hostile = ['archos |1', 'Archos|1', 'archos |1 ', '; |a', 'android |; ', 'Mozilla/5.0 (| '].map(
      (recipe) => {
        const [head = '', fill = ''] = recipe.split('|');
        return (head + fill.repeat(1_024)).slice(0, 1_024);
      },
    );
    parseUserAgent('warm');
    for (const ua of hostile) {
      // The best of three, each new to the cache, so that a busy machine does not fail it.
      const timesMs = ['x', 'y', 'z'].map((last) => {
        const startMs = performance.now();
        parseUserAgent(ua.slice(0, -1) + last);
        return performance.now() - startMs;
      });
      expect(Math.min(...timesMs), ua.slice(0, 20)).toBeLessThan(20);
    }
  });

  it('knows system and device of most people of a real log, and of no crawler', () => {
    const lines = gunzipSync(readFileSync(ACCESS_LOG)).toString().split('\n');
    const agents = lines
      .map((line) => /"([^"]*)"$/.exec(line)?.[1] ?? '')
      .filter((ua) => ua.startsWith('Mozilla/5.0'));
    const people = agents.filter((ua) => !/bot|crawl|spider|http|yahoo|slurp/i.test(ua));
    const known = people
      .map(parseUserAgent)
      .filter((parts) => parts.os !== '' && parts.browser !== '' && parts.deviceType !== '');
    expect(known.length / people.length).toBeGreaterThan(0.97);
    const bots = agents.filter((ua) => /bot\/|spider|crawler/i.test(ua));
    expect(bots.filter((ua) => parseUserAgent(ua).deviceType !== '')).toEqual([]);
  });
});

it('made-up traffic says of its devices what is read from their user agents, and its robots are robots', () => {
  for (const [{ user_agent, ...says }] of DEVICES) {
    const { deviceType: device_type, os, browser } = parseUserAgent(user_agent);
    expect({ user_agent, device_type, os, browser }).toEqual({ user_agent, ...says });
    expect([user_agent, classifyAgent(user_agent).kind]).toEqual([user_agent, 'browser']);
  }
  expect([CRAWLER, HEADLESS].map((agent) => classifyAgent(agent).kind)).toEqual(['bot', 'headless']);
});
