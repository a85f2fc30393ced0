import { expect, it } from 'vitest';
import { describeGuard } from './guard.contract.js';
import { MARK_TTL_MS } from './guard.js';
import { MemoryGuard } from './memory.js';

describeGuard('in process', async () => {
  const guard = new MemoryGuard({ node: 'a' });
  return { guard, stop: () => guard.close() };
});

it('forgets a mark after five minutes', async () => {
  const guard = new MemoryGuard({ node: 'a' });
  const request = { tenantId: 1, idempotency: { key: 'k', bodyHash: 'h' }, clicks: [] };
  await guard.look([request], 0);
  expect((await guard.look([request], MARK_TTL_MS - 1))[0]?.key).not.toBeNull();
  expect((await guard.look([request], MARK_TTL_MS))[0]?.key).toBeNull();
});
