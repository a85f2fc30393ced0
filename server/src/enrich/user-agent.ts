import { type DeviceType, deviceTypeOf as deviceTypeNamed, LIMITS } from '@clickledger/contract';
import UAParser from 'ua-parser-js';

/** What a user agent says of its device; families without versions, empty when unknown. */
export interface UserAgentParts {
  os: string;
  browser: string;
  deviceType: DeviceType | '';
}

/**
 * Characters looked at. Everything that tells browsers apart comes early; the library itself reads no more than 500,
 * and its regular expressions are not linear, so the bound is ours as well and does not change with its version.
 */
export const USER_AGENT_PARSED_LENGTH_MAX = 500;

/**
 * Longest run of word characters and spaces kept. Real user agents break long before, at `;`, `/`, `.` or `(`; the
 * library's rule for Archos tablets takes cubic time in such a run: 69 ms for "archos " and 493 digits, uncut.
 */
export const USER_AGENT_RUN_LENGTH_MAX = 64;
const LONG_RUN = new RegExp(`([\\w ]{${USER_AGENT_RUN_LENGTH_MAX}})[\\w ]+`, 'g');

/** Systems that run on a desk. The library names a device type only for phones, tablets, televisions and the like. */
const DESKTOP_SYSTEMS: ReadonlySet<string> = new Set([
  'Windows',
  'Mac OS',
  'Chrome OS',
  'Chromium OS',
  'Linux',
  'GNU',
  'Ubuntu',
  'Debian',
  'Fedora',
  'Red Hat',
  'CentOS',
  'SUSE',
  'Arch',
  'Gentoo',
  'Mint',
  'Mandriva',
  'Mageia',
  'Manjaro',
  'Slackware',
  'elementary OS',
  'Raspbian',
  'FreeBSD',
  'NetBSD',
  'OpenBSD',
  'DragonFly',
  'PC-BSD',
  'Solaris',
  'OpenVMS',
  'Haiku',
  'BeOS',
  'AIX',
  'HP-UX',
  'OS/2',
]);

const BROWSERS = ['Chrome', 'Chromium', 'Firefox', 'Safari', 'Edge', 'Opera', 'Opera Mini', 'IE'];
const SPELLINGS: ReadonlyMap<string, string> = new Map(
  [...DESKTOP_SYSTEMS, ...BROWSERS, 'Android', 'iOS'].map((name) => [name.toLowerCase(), name]),
);

/**
 * Crawlers often carry a real phone's user agent before their own name: they have no device. CUBOT is a maker of
 * phones. This is about the device only; whether a click is invalid traffic is for the fraud rules to say.
 */
const CRAWLER = /(?<!\bcu)bot\b|crawl|spider|slurp|headless|https?:\/\//i;

const UNKNOWN: UserAgentParts = Object.freeze({ os: '', browser: '', deviceType: '' });

/** Reads a user agent. Pure, never throws; takes some 100 µs. */
export function parseUserAgent(ua: string): UserAgentParts {
  if (ua === '') return UNKNOWN;
  const parser = new UAParser(ua.slice(0, USER_AGENT_PARSED_LENGTH_MAX).replace(LONG_RUN, '$1'));
  const os = family(parser.getOS().name);
  const browser = family(parser.getBrowser().name);
  return Object.freeze({ os, browser, deviceType: deviceTypeOf(ua, os, parser.getDevice().type) });
}

function deviceTypeOf(ua: string, os: string, type: string | undefined): DeviceType | '' {
  if (CRAWLER.test(ua)) return '';
  if (type !== undefined) return deviceTypeNamed(type) ?? 'other';
  return DESKTOP_SYSTEMS.has(os) ? 'desktop' : '';
}

/** The library takes some names from the user agent as they stand: `linux` and `Linux` must be one row of a report. */
function family(name: string | undefined): string {
  const label = (name ?? '').slice(0, LIMITS.labelLengthMax).trim();
  return SPELLINGS.get(label.toLowerCase()) ?? label;
}
