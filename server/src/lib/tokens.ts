import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Scope } from '@clickledger/contract';

/** Too many to guess or to search for: SHA-256 is enough to store them, no slow hash is needed. */
const TOKEN_BYTES = 32;
const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
/** As many as 256 bits take. */
const BASE62_LENGTH = 43;
/** Characters of a key after its prefix that are kept, to tell it by. */
const HINT_RANDOM_LENGTH = 4;

/** Letters and digits only: a double click selects all of it, and no address or shell needs it quoted. */
const randomText = (): string => textOf(randomBytes(TOKEN_BYTES));

function textOf(bytes: Buffer): string {
  let rest = BigInt(`0x${bytes.toString('hex')}`);
  let text = '';
  for (; text.length < BASE62_LENGTH; rest /= 62n) text += BASE62[Number(rest % 62n)];
  return text;
}

/** A secret that is told once: in a cookie, or in a link. */
export const newToken = (): string => randomText();

/** What the commands on the server's own machine send, see `readSecrets`. */
export const OPERATOR_PREFIX = 'clk_local_';

/** The most that a key may do is in its name, so that whoever finds one knows what was lost. */
const mostOf = (scopes: readonly Scope[]): Scope =>
  scopes.includes('admin') ? 'admin' : scopes.includes('read') ? 'read' : 'ingest';

/**
 * A new API key, `clk_SCOPE_…`, or `clk_test_…` for test data. Leak scanners find it by this expression:
 * `clk_(ingest|read|admin|test)_[0-9A-Za-z]{43}`.
 *
 * @returns the key, and its first characters, by which people tell it from others
 */
export function newApiKey(scopes: readonly Scope[], isTest = false): { key: string; hint: string } {
  const prefix = `clk_${isTest ? 'test' : mostOf(scopes)}_`;
  const key = prefix + randomText();
  return { key, hint: key.slice(0, prefix.length + HINT_RANDOM_LENGTH) };
}

/**
 * The postback secret that 256 bits make, `clk_postback_…`, and its first characters, by which people tell it from others. Leak scanners
 * find it as they find keys.
 */
export function postbackSecretOf(bytes: Buffer): { secret: string; hint: string } {
  const secret = POSTBACK_PREFIX + textOf(bytes);
  return { secret, hint: secret.slice(0, POSTBACK_PREFIX.length + HINT_RANDOM_LENGTH) };
}
const POSTBACK_PREFIX = 'clk_postback_';

/** What is stored of a key, session or link. */
export const hashToken = (token: string): Buffer => createHash('sha256').update(token).digest();

/** Whether two secrets are the same, in a time that tells nothing about either. */
export const isSameSecret = (a: string, b: string): boolean => timingSafeEqual(hashToken(a), hashToken(b));
