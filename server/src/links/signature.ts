import { createHmac, timingSafeEqual } from 'node:crypto';
import { PLATFORM_CLICK_IDS } from '@clickledger/contract';
import { parametersOf } from './parameters.js';

const SIGNATURE = /^[A-Za-z0-9_-]{43}$/;
const EXPIRY = /^[0-9]{1,12}$/;
const SIGN = '&sig=';
/** What platforms append to a link after it was signed. */
const APPENDED: ReadonlySet<string> = new Set(PLATFORM_CLICK_IDS);

const digest = (key: string, text: string): Buffer => createHmac('sha256', key).update(text).digest();

/**
 * A link's query string with its signature: HMAC-SHA-256 under the key, in base64url, of `slug?query`, where the query ends with `exp`.
 *
 * @param query without `exp` and `sig`
 * @param expiresAt in seconds since 1970
 */
export function signedQuery(key: string, slug: string, query: string, expiresAt: number): string {
  const signed = `${query}${query === '' ? '' : '&'}exp=${expiresAt}`;
  return `${signed}${SIGN}${digest(key, `${slug}?${signed}`).toString('base64url')}`;
}

/** Whether a query string was signed for this slug by one of the keys, byte for byte, and has not expired. */
export function isSigned(keys: readonly string[], slug: string, query: string, nowMs: number): boolean {
  const at = query.lastIndexOf(SIGN);
  if (at < 0) return false;
  const signed = query.slice(0, at);
  const [signature = '', ...behind] = query.slice(at + SIGN.length).split('&');
  if (!SIGNATURE.test(signature)) return false;
  if (parametersOf(behind.join('&')).some(([name]) => !APPENDED.has(name))) return false;
  const expiries = parametersOf(signed).filter(([name]) => name === 'exp');
  const [, expiry = ''] = expiries[0] ?? [];
  if (expiries.length !== 1 || !EXPIRY.test(expiry) || Number(expiry) * 1_000 <= nowMs) return false;
  const given = Buffer.from(signature, 'base64url');
  // All of them, so that the time tells nothing.
  return keys.filter((key) => timingSafeEqual(digest(key, `${slug}?${signed}`), given)).length > 0;
}
