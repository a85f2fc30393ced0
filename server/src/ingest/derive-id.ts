import { hash } from 'node:crypto';

/**
 * The click id of the click at `index` (0 for a single one) of a request with an Idempotency-Key and no click id:
 * the same request again, whichever node it reaches, has the same id, so the ledger sees the repeat too.
 */
export function deriveClickId(tenantId: number, idempotencyKey: string, index: number): string {
  return uuidFrom('idempotency-key', tenantId, `${index}\0${idempotencyKey}`);
}

/**
 * A UUID of version 8 (RFC 9562, section 5.8: custom) from SHA-256. `purpose` and the tenant set its uses apart:
 * neither holds NUL, so no two inputs are written alike. 122 bits of the hash stay: no collision to be expected
 * below 10^18 clicks of a tenant.
 */
export function uuidFrom(purpose: string, tenantId: number, text: string): string {
  const digest = hash('sha256', `clickledger-1\0${purpose}\0${tenantId}\0${text}`, 'hex');
  const variant = ((Number.parseInt(digest.charAt(16), 16) & 0b0011) | 0b1000).toString(16);
  return (
    `${digest.slice(0, 8)}-${digest.slice(8, 12)}-8${digest.slice(13, 16)}` +
    `-${variant}${digest.slice(17, 20)}-${digest.slice(20, 32)}`
  );
}
