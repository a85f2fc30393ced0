import { createHash } from 'node:crypto';
import { ClickInput } from '@clickledger/contract';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deriveClickId, uuidFrom } from './derive-id.js';

describe('the click id of an Idempotency-Key', () => {
  it('is a UUID of version 8 that the contract takes', () => {
    fc.assert(
      fc.property(fc.nat(), fc.string(), fc.nat(1_000), (tenantId, key, index) => {
        const id = deriveClickId(tenantId, key, index);
        expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
        expect(ClickInput.shape.click_id.parse(id)).toBe(id);
        expect(deriveClickId(tenantId, key, index)).toBe(id);
      }),
    );
  });

  it('is the SHA-256 that its comment says: ids given once must never change', () => {
    const hash = createHash('sha256').update('clickledger-1\0idempotency-key\x007\x003\0k').digest('hex');
    const id = deriveClickId(7, 'k', 3).replaceAll('-', '');
    expect(id.slice(0, 12) + id.slice(13, 16) + id.slice(17)).toBe(
      hash.slice(0, 12) + hash.slice(13, 16) + hash.slice(17, 32),
    );
  });

  it('differs by tenant, key, index and purpose, however they are written together', () => {
    const ids = [
      deriveClickId(1, '1', 11),
      deriveClickId(11, '1', 1),
      deriveClickId(1, '11', 1),
      deriveClickId(1, '1', 1),
      deriveClickId(1, '1\x001', 1),
      uuidFrom('import', 1, '1\x001'),
    ];
    expect(new Set(ids).size).toBe(ids.length);
  });
});
