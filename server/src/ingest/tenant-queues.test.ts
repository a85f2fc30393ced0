import { expect, it } from 'vitest';
import type { Waiting } from './batch-request.js';
import { type Cut, LIGHT_CLICKS_MAX, SHARED_CLICKS_MAX, TenantQueues } from './tenant-queues.js';

const BATCH = 2_000;
const ignore = () => undefined;

/** A request of a tenant with so many clicks. */
const request = (tenantId: number, clicks: number): Waiting => ({
  submission: { tenantId, idempotency: null, clicks: Array(clicks).fill(null) },
  resolve: ignore,
  reject: ignore,
  arrivedAtMs: 0,
});
const tenantsOf = ({ requests }: Cut) => requests.map(({ submission }) => submission.tenantId);
const clicksIn = ({ requests }: Cut) =>
  requests.reduce((sum, { submission }) => sum + submission.clicks.length, 0);
/** A batch that is committed at once. */
const takeAndEnd = (queues: TenantQueues): Cut => {
  const cut = queues.take(BATCH);
  queues.done(cut);
  return cut;
};

function fill(...groups: (readonly [tenantId: number, requests: number, clicks: number])[]): TenantQueues {
  const queues = new TenantQueues();
  for (const [tenantId, requests, clicks] of groups)
    for (let i = 0; i < requests; i++) queues.add(request(tenantId, clicks));
  return queues;
}

it("a click behind another tenant's thousands is in a batch without them, at once", () => {
  const queues = fill([1, 10, 1_000], [2, 1, 1]);
  const long = queues.take(BATCH);
  expect([tenantsOf(long), long.isLong, queues.hasLight()]).toEqual([[1], true, true]);
  const short = queues.takeLight(BATCH);
  expect([tenantsOf(short), short.isLong, queues.hasLight()]).toEqual([[2], false, false]);
  expect([queues.clicks, queues.requests, queues.clicksOf(1), queues.clicksOf(2)]).toEqual([
    9_000, 9, 9_000, 0,
  ]);
});

it(`a tenant with ${LIGHT_CLICKS_MAX} clicks is light, with one more it is not`, () => {
  const queues = fill([1, LIGHT_CLICKS_MAX + 1, 1], [2, LIGHT_CLICKS_MAX, 1], [3, 1, LIGHT_CLICKS_MAX + 1]);
  expect(new Set(tenantsOf(queues.take(BATCH)))).toEqual(new Set([1, 3]));
  expect(new Set(tenantsOf(queues.take(BATCH)))).toEqual(new Set([2]));
});

it('a long batch is half as long while a light tenant waits or is in flight', () => {
  const queues = fill([1, 4_000, 1], [2, 1, 1]);
  const cuts = [queues.take(BATCH), queues.takeLight(BATCH)];
  expect(cuts.map(clicksIn)).toEqual([SHARED_CLICKS_MAX, 1]);
  const [first, light] = cuts as [Cut, Cut];
  queues.done(first);
  const second = queues.take(BATCH);
  expect(clicksIn(second)).toBe(SHARED_CLICKS_MAX);
  for (const cut of [light, second]) queues.done(cut);
  expect(clicksIn(queues.take(BATCH))).toBe(BATCH);
});

it('light tenants alone share a batch, which is not long', () => {
  const queues = fill([1, 100, 1], [2, 10, 10], [3, 1, 1]);
  const cut = queues.take(BATCH);
  expect([clicksIn(cut), cut.isLong, queues.requests]).toEqual([201, false, 0]);
});

it('a batch of light tenants has equal shares and its limit, too', () => {
  const queues = fill([1, 2, 1_000], ...[2, 3, 4].map((id) => [id, LIGHT_CLICKS_MAX, 1] as const));
  queues.take(BATCH);
  const cut = queues.takeLight(300);
  for (const id of [2, 3, 4]) expect(tenantsOf(cut).filter((tenantId) => tenantId === id)).toHaveLength(100);
});

it('a tenant with a batch in flight is in no other one until that is over', () => {
  const queues = fill([1, 5, 1_000], [2, 1, 1]);
  const long = queues.take(BATCH);
  const short = queues.takeLight(BATCH);
  queues.add(request(2, 1));
  expect(queues.hasLight()).toBe(false);
  for (const cut of [queues.take(BATCH), queues.takeLight(BATCH)])
    expect([cut.requests, cut.tenantIds, cut.isLong]).toEqual([[], [], false]);
  queues.done(short);
  expect(tenantsOf(queues.takeLight(BATCH))).toEqual([2]);
  queues.done(long);
  expect(tenantsOf(queues.take(BATCH))).toEqual([1]);
});

it('a tenant alone has whole batches, in the order that its requests came in', () => {
  const queues = fill([1, 3_000, 1]);
  const all = Array.from({ length: 2 }, () => takeAndEnd(queues).requests);
  expect(all.map(({ length }) => length)).toEqual([2_000, 1_000]);
  const single = fill([1, 2, 1_000], [1, 1, 1]);
  expect(takeAndEnd(single).requests).toHaveLength(2);
  expect(takeAndEnd(single).requests).toHaveLength(1);
  expect([single.clicks, single.requests]).toEqual([0, 0]);
});

it('what a share leaves is filled by whoever has more', () => {
  const batch = tenantsOf(fill([1, 5_000, 1], [2, 300, 1]).take(BATCH));
  expect(batch.filter((tenantId) => tenantId === 2)).toHaveLength(300);
  expect(batch).toHaveLength(BATCH);
});

it('a request that is larger than a share, or than a batch, has its turn as well', () => {
  const queues = fill([1, 1_000, 1], [2, 1_000, 1], [3, 1, 1_000], [4, 1_000, 1], [5, 1, BATCH + 1]);
  const batches = Array.from({ length: 5 }, () => takeAndEnd(queues));
  for (const tenantId of [3, 5])
    expect(batches.some((batch) => tenantsOf(batch).includes(tenantId))).toBe(true);
  for (const batch of batches) expect(batch.requests.length === 1 || clicksIn(batch) <= BATCH).toBe(true);
});

it('nothing is taken twice, and nothing is left', () => {
  const queues = fill([1, 700, 3], [2, 41, 100], [3, 5_000, 1], [4, 9, 0], [5, 3, 1]);
  const seen = new Set<Waiting>();
  while (queues.requests > 0) {
    const cuts = [queues.take(BATCH), queues.takeLight(BATCH)];
    for (const cut of cuts) {
      for (const waiting of cut.requests) seen.add(waiting);
      queues.done(cut);
    }
  }
  expect(seen.size).toBe(700 + 41 + 5_000 + 9 + 3);
  expect([queues.clicks, queues.tenantsWith(1)]).toEqual([0, 1]);
});
