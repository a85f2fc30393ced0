import type { Weighted } from './random.js';

/** Where people are, for an audience in Europe and America. */
export const COUNTRIES: Weighted<string> = [
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

/** What somebody clicks with. */
export interface Device {
  device_type: 'mobile' | 'desktop' | 'tablet';
  os: string;
  browser: string;
  user_agent: string;
}

const BLINK = 'AppleWebKit/537.36 (KHTML, like Gecko) Chrome';
const WEBKIT = 'AppleWebKit/605.1.15 (KHTML, like Gecko)';
const device = (
  [device_type, os, browser]: readonly [Device['device_type'], string, string],
  user_agent: string,
): Device => ({ device_type, os, browser, user_agent });

const ANDROID_CHROME = ['mobile', 'Android', 'Chrome'] as const;
const IPHONE = ['mobile', 'iOS', 'Mobile Safari'] as const;

/** Common devices, with the user agents that their browsers send. */
export const DEVICES: Weighted<Device> = [
  [device(ANDROID_CHROME, `Mozilla/5.0 (Linux; Android 10; K) ${BLINK}/142.0.0.0 Mobile Safari/537.36`), 300],
  [
    device(
      IPHONE,
      `Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) ${WEBKIT} Version/18.6 Mobile/15E148 Safari/604.1`,
    ),
    210,
  ],
  [
    device(
      IPHONE,
      `Mozilla/5.0 (iPhone; CPU iPhone OS 17_7 like Mac OS X) ${WEBKIT} Version/17.7 Mobile/15E148 Safari/604.1`,
    ),
    60,
  ],
  [
    device(
      ['desktop', 'Windows', 'Chrome'],
      `Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${BLINK}/142.0.0.0 Safari/537.36`,
    ),
    190,
  ],
  [
    device(
      ['desktop', 'Windows', 'Edge'],
      `Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${BLINK}/142.0.0.0 Safari/537.36 Edg/142.0.0.0`,
    ),
    60,
  ],
  [
    device(
      ['desktop', 'Mac OS', 'Chrome'],
      `Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) ${BLINK}/142.0.0.0 Safari/537.36`,
    ),
    60,
  ],
  [
    device(
      ['desktop', 'Mac OS', 'Safari'],
      `Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) ${WEBKIT} Version/18.6 Safari/605.1.15`,
    ),
    55,
  ],
  [
    device(
      ['desktop', 'Windows', 'Firefox'],
      'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:144.0) Gecko/20100101 Firefox/144.0',
    ),
    35,
  ],
  [
    device(
      ['desktop', 'Linux', 'Firefox'],
      'Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0',
    ),
    10,
  ],
  [
    device(
      ['mobile', 'Android', 'Firefox'],
      'Mozilla/5.0 (Android 14; Mobile; rv:144.0) Gecko/144.0 Firefox/144.0',
    ),
    8,
  ],
  [
    device(
      ['mobile', 'Android', 'Samsung Internet'],
      `Mozilla/5.0 (Linux; Android 13; SAMSUNG SM-S911B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36`,
    ),
    45,
  ],
  [
    device(
      ['tablet', 'iOS', 'Mobile Safari'],
      `Mozilla/5.0 (iPad; CPU OS 18_6 like Mac OS X) ${WEBKIT} Version/18.6 Mobile/15E148 Safari/604.1`,
    ),
    35,
  ],
];

/** A crawler that says that it is one. */
export const CRAWLER = 'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)';
/** A browser without a screen that says that it is one. */
export const HEADLESS =
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/140.0.0.0 Safari/537.36';
