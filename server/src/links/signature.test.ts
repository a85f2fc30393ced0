import { describe, expect, it } from 'vitest';
import { isSigned, signedQuery } from './signature.js';

const NOW_MS = Date.UTC(2026, 0, 1);
const EXPIRES_AT = NOW_MS / 1_000 + 60;
const [NEW, OLD, OTHER] = ['clk_sign_new', 'clk_sign_old', 'clk_sign_other'];
const KEYS = [NEW, OLD];
const signed = signedQuery(NEW, 'spring', 'sub1=a&url=https%3A%2F%2Fshop.example', EXPIRES_AT);
const holds = (query: string, { slug = 'spring', nowMs = NOW_MS, keys = KEYS } = {}) =>
  isSigned(keys, slug, query, nowMs);

describe('a signed link', () => {
  it('holds with either of the keys in force, until it expires', () => {
    expect(holds(signed)).toBe(true);
    expect(holds(signedQuery(OLD, 'spring', '', EXPIRES_AT))).toBe(true);
    expect(holds(signedQuery(OTHER, 'spring', '', EXPIRES_AT))).toBe(false);
    expect(holds(signed, { keys: [] })).toBe(false);
    expect(holds(signed, { nowMs: EXPIRES_AT * 1_000 - 1 })).toBe(true);
    expect(holds(signed, { nowMs: EXPIRES_AT * 1_000 })).toBe(false);
  });

  it('holds when a platform has appended its click ID, and nothing else may be appended', () => {
    expect(holds(`${signed}&fbclid=IwAR0`)).toBe(true);
    expect(holds(`${signed}&gclid=x&msclkid=y`)).toBe(true);
    for (const more of ['sub1=b', 'url=https%3A%2F%2Fevil.example', 'exp=9', 'sig=x', 'fbclid=1&sub2=x'])
      expect(holds(`${signed}&${more}`), more).toBe(false);
  });

  const at = signed.indexOf('&sig=');
  const [before, signature] = [signed.slice(0, at), signed.slice(at + 5)];
  it.each([
    ['another slug', signed, 'summer'],
    ['a changed parameter', signed.replace('sub1=a', 'sub1=b')],
    ['a parameter in another spelling', signed.replace('sub1=a', 'sub1=%61')],
    ['another URL', signed.replace('shop.example', 'evil.example')],
    ['a parameter less', signed.replace('sub1=a&', '')],
    ['a parameter more', `sub2=x&${signed}`],
    ['parameters in another order', `exp=${EXPIRES_AT}&sub1=a&sig=${signature}`],
    ['a later expiry', signed.replace(String(EXPIRES_AT), String(EXPIRES_AT + 1))],
    ['a second expiry', `exp=${EXPIRES_AT + 9}&${signed}`],
    ['no expiry', `sub1=a&sig=${signature}`],
    ['no signature', before],
    ['an empty one', `${before}&sig=`],
    ['a cut one', signed.slice(0, -1)],
    ['a longer one', `${signed}A`],
    ['a changed one', `${before}&sig=${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`],
    ['one in other letters', `${before}&sig=${signature.slice(0, 42)}+`],
    ['the signature first', `sig=${signature}&${before}`],
    ['nothing at all', ''],
  ])('does not hold with %s', (_, query, slug = 'spring') => expect(holds(query, { slug })).toBe(false));
});
