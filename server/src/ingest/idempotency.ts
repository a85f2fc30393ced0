import type { Guard } from '../guard/guard.js';
import { sleep } from '../lib/backoff.js';
import { TenantMaps } from '../lib/tenant-maps.js';
import type { BatchRequest, Waiting } from './batch-request.js';

/** A pending mark of another node is waited for until it is this old; then its node is taken for dead. */
const PENDING_MS_MAX = 10_000;
/** How long a request waits for the first one with its key, on another node. */
const KEY_WAIT_MS_MAX = 1_000;
const KEY_POLL_MS = 50;

/** The requests of a batch, one for each Idempotency-Key: those that come with a key again follow the first. */
export function joinFollowers(
  batch: readonly Waiting[],
  toRequest: (waiting: Waiting) => BatchRequest,
): BatchRequest[] {
  const byKey = new TenantMaps<BatchRequest>();
  const requests: BatchRequest[] = [];
  for (const waiting of batch) {
    const { tenantId, idempotency } = waiting.submission;
    const ofTenant = idempotency && byKey.of(tenantId);
    const first = idempotency && ofTenant?.get(idempotency.key);
    if (first) first.followers.push(waiting);
    else {
      const request = toRequest(waiting);
      requests.push(request);
      if (idempotency) ofTenant?.set(idempotency.key, request);
    }
  }
  return requests;
}

export type KeyVerdict = 'go_on' | 'reused' | 'in_flight' | { replay: string };

/** What the mark of its key says of a request. Only a committed mark answers; the ledger decides the rest. */
export function judgeKey(
  { keyMark, idempotency }: { keyMark: BatchRequest['keyMark']; idempotency: { bodyHash: string } | null },
  node: string,
  nowMs: number,
): KeyVerdict {
  if (!keyMark) return 'go_on';
  const { bodyHash, reply } = keyMark.value;
  if (bodyHash !== idempotency?.bodyHash) return 'reused';
  if (keyMark.state === 'committed') return reply === null ? 'go_on' : { replay: reply };
  // Pending and ours: the commit it belonged to failed, because requests in flight here were joined before.
  return keyMark.node === node || nowMs - keyMark.setAtMs > PENDING_MS_MAX ? 'go_on' : 'in_flight';
}

/**
 * The reply to the first request with this key, which is in flight on another node; null when it takes too long.
 *
 * @throws GuardUnavailable
 */
export async function replyOfFirst(guard: Guard, tenantId: number, key: string): Promise<string | null> {
  for (let waitedMs = 0; waitedMs < KEY_WAIT_MS_MAX; waitedMs += KEY_POLL_MS) {
    await sleep(KEY_POLL_MS);
    const mark = await guard.peekKey({ tenantId, key });
    if (mark?.state === 'committed' && mark.value.reply !== null) return mark.value.reply;
  }
  return null;
}
