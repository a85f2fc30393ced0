import { expect, it } from 'vitest';
import type { Waiting } from './batch.js';
import { TenantQueues } from './tenant-queues.js';

const BATCH = 2_000;
const ignore = () => undefined;

/** A request of a tenant with so many clicks. */
const request = (tenantId: number, clicks: number): Waiting => ({
  submission: { tenantId, idempotency: null, clicks: Array(clicks).fill(null), reply: () => '' },
  resolve: ignore,
  reject: ignore,
  arrivedAtMs: 0,
});
const tenantsOf = (batch: readonly Waiting[]) => batch.map(({ submission }) => submission.tenantId);

function fill(...groups: [tenantId: number, requests: number, clicks: number][]): TenantQueues {
  const queues = new TenantQueues();
  for (const [tenantId, requests, clicks] of groups)
    for (let i = 0; i < requests; i++) queues.add(request(tenantId, clicks));
  return queues;
}

it("a click behind another tenant's thousands is in the next batch", () => {
  const queues = fill([1, 10, 1_000], [2, 1, 1]);
  expect(tenantsOf(queues.take(BATCH))).toEqual([1, 2]);
  expect([queues.clicks, queues.requests, queues.clicksOf(1), queues.clicksOf(2)]).toEqual([
    9_000, 9, 9_000, 0,
  ]);
});

it('a tenant alone has whole batches, in the order that its requests came in', () => {
  const queues = fill([1, 3_000, 1]);
  const order = [...queues.take(BATCH), ...queues.take(BATCH)];
  expect(order).toHaveLength(3_000);
  const single = fill([1, 2, 1_000], [1, 1, 1]);
  expect(single.take(BATCH)).toHaveLength(2);
  expect(single.take(BATCH)).toHaveLength(1);
  expect([single.clicks, single.requests]).toEqual([0, 0]);
});

it('what a share leaves is filled by whoever has more', () => {
  const batch = tenantsOf(fill([1, 5_000, 1], [2, 10, 1]).take(BATCH));
  expect(batch.filter((tenantId) => tenantId === 2)).toHaveLength(10);
  expect(batch).toHaveLength(BATCH);
});

it('a request that is larger than a share, or than a batch, has its turn as well', () => {
  const queues = fill([1, 1_000, 1], [2, 1_000, 1], [3, 1, 1_000], [4, 1_000, 1], [5, 1, BATCH + 1]);
  const batches = Array.from({ length: 5 }, () => queues.take(BATCH));
  for (const tenantId of [3, 5])
    expect(batches.some((batch) => tenantsOf(batch).includes(tenantId))).toBe(true);
  for (const batch of batches) {
    const clicks = batch.reduce((sum, { submission }) => sum + submission.clicks.length, 0);
    expect(batch.length === 1 || clicks <= BATCH).toBe(true);
  }
});

it('nothing is taken twice, and nothing is left', () => {
  const queues = fill([1, 700, 3], [2, 41, 100], [3, 5_000, 1], [4, 9, 0]);
  const seen = new Set<Waiting>();
  while (queues.requests > 0) for (const waiting of queues.take(BATCH)) seen.add(waiting);
  expect(seen.size).toBe(700 + 41 + 5_000 + 9);
  expect([queues.clicks, queues.tenantsWith(1)]).toEqual([0, 1]);
});
