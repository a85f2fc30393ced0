import { randomBytes } from 'node:crypto';
import { Secret, TOTP } from 'otpauth';
import { hashToken } from '../lib/tokens.js';

/** RFC 6238 with what every authenticator app takes: SHA-1, six digits, thirty seconds. */
const PERIOD_SECONDS = 30;
const SECRET_BYTES = 20;
/** Steps before and after the present one: clocks differ. */
const STEPS_AROUND = 1;
const ISSUER = 'ClickLedger';
const RECOVERY_CODES = 10;
const RECOVERY_BYTES = 10;

const totpOf = (secret: string, label = '') =>
  new TOTP({ issuer: ISSUER, label, secret: Secret.fromBase32(secret), period: PERIOD_SECONDS });

/** A new secret, in base32, and the address that an app reads from a picture. */
export function newTotp(email: string): { secret: string; uri: string } {
  const secret = new Secret({ buffer: new Uint8Array(randomBytes(SECRET_BYTES)).buffer }).base32;
  return { secret, uri: totpOf(secret, email).toString() };
}

/** The time step whose code this is; null when it is none of the present ones. */
export function stepOfCode(secret: string, code: string, nowMs: number): number | null {
  if (!/^\d{6}$/.test(code)) return null;
  const delta = totpOf(secret).validate({ token: code, timestamp: nowMs, window: STEPS_AROUND });
  return delta === null ? null : Math.floor(nowMs / 1_000 / PERIOD_SECONDS) + delta;
}

/** Codes that open an account once each, when the app is lost: 80 random bits, as `a1b2c-…`. */
export function newRecoveryCodes(): string[] {
  return Array.from({ length: RECOVERY_CODES }, () =>
    (randomBytes(RECOVERY_BYTES).toString('hex').match(/.{5}/g) ?? []).join('-'),
  );
}

/** What is stored of a recovery code, however it was typed. */
export const hashRecoveryCode = (code: string): Buffer =>
  hashToken(code.toLowerCase().replace(/[^0-9a-f]/g, ''));
