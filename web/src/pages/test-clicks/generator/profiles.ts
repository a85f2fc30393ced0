import type { DeviceType } from '@clickledger/contract';

/** A value and how often it comes up among its like. */
export type Weighted<T> = readonly (readonly [value: T, weight: number])[];

/** Made-up campaigns; the prefix lets test data be told from real data. */
export const CAMPAIGNS: Weighted<{ campaign_id: string; advertiser_id: string }> = [
  [{ campaign_id: 'demo-spring-sale', advertiser_id: 'demo-shoes' }, 34],
  [{ campaign_id: 'demo-brand-search', advertiser_id: 'demo-shoes' }, 24],
  [{ campaign_id: 'demo-app-install', advertiser_id: 'demo-games' }, 20],
  [{ campaign_id: 'demo-retargeting', advertiser_id: 'demo-travel' }, 14],
  [{ campaign_id: 'demo-newsletter', advertiser_id: 'demo-travel' }, 8],
];

export const COUNTRIES: Weighted<string> = [
  ['US', 34],
  ['DE', 17],
  ['GB', 13],
  ['FR', 10],
  ['IN', 9],
  ['BR', 7],
  ['JP', 6],
  ['SE', 4],
];

interface Device {
  device_type: DeviceType;
  os: string;
  browser: string;
  user_agent: string;
}

const WEBKIT = 'AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0';

/** Common devices, with the user agents they send. */
export const DEVICES: Weighted<Device> = [
  [
    {
      device_type: 'mobile',
      os: 'Android',
      browser: 'Chrome',
      user_agent: `Mozilla/5.0 (Linux; Android 10; K) ${WEBKIT} Mobile Safari/537.36`,
    },
    34,
  ],
  [
    {
      device_type: 'mobile',
      os: 'iOS',
      browser: 'Safari',
      user_agent:
        'Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1',
    },
    24,
  ],
  [
    {
      device_type: 'desktop',
      os: 'Windows',
      browser: 'Chrome',
      user_agent: `Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${WEBKIT} Safari/537.36`,
    },
    20,
  ],
  [
    {
      device_type: 'desktop',
      os: 'Windows',
      browser: 'Edge',
      user_agent: `Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${WEBKIT} Safari/537.36 Edg/140.0.0.0`,
    },
    9,
  ],
  [
    {
      device_type: 'desktop',
      os: 'Linux',
      browser: 'Firefox',
      user_agent: 'Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0',
    },
    7,
  ],
  [
    {
      device_type: 'tablet',
      os: 'iOS',
      browser: 'Safari',
      user_agent:
        'Mozilla/5.0 (iPad; CPU OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1',
    },
    6,
  ],
];
