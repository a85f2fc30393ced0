import { expect, it } from 'vitest';
import { Admission, QUEUE_CLICKS_MAX } from './admission.js';

/** A ledger that takes 20 clicks a millisecond in batches of 20 ms, under a load given in clicks a millisecond. */
function drive(admission: Admission, load: number, fromMs: number, forMs: number) {
  let queued = 0;
  let refused = 0;
  let stored = 0;
  let waitMax = 0;
  for (let now = fromMs; now < fromMs + forMs; now += 20) {
    for (let i = 0; i < load * 20; i++)
      if (admission.admits(queued, now)) queued++;
      else refused++;
    const clicks = Math.min(queued, 400);
    const waitedMs = queued / 20;
    waitMax = Math.max(waitMax, now - fromMs > forMs / 2 ? waitedMs : 0);
    queued -= clicks;
    stored += clicks;
    admission.batchDone({ clicks, waitedMs, requestsWaiting: queued, isCommitted: true }, now + 20);
  }
  return { refused, stored, waitMax };
}

it('lets a burst wait, however long the queue', () => {
  const admission = new Admission();
  expect(admission.admits(QUEUE_CLICKS_MAX - 1, 0)).toBe(true);
  expect(admission.admits(QUEUE_CLICKS_MAX, 0)).toBe(false);
  expect(drive(new Admission(), 40, 1_000, 400).refused).toBe(0);
});

it('lets each other tenant in up to an equal share when one has filled the queue, and all of them up to twice its length', () => {
  const admission = new Admission();
  const full = QUEUE_CLICKS_MAX;
  expect(admission.admits(full, 0, full, 1)).toBe(false);
  expect(admission.admits(full, 0, 0, 2)).toBe(true);
  expect(admission.admits(full + full / 2 - 1, 0, full / 2 - 1, 2)).toBe(true);
  expect(admission.admits(full + full / 2, 0, full / 2, 2)).toBe(false);
  expect(admission.admits(full + full / 2, 0, full, 2)).toBe(false);
  expect(admission.admits(2 * full - 1, 0, 0, 9)).toBe(true);
  expect(admission.admits(2 * full, 0, 0, 9)).toBe(false);
});

it("lets others in also when overload has cut the queue below one tenant's clicks", () => {
  const admission = new Admission();
  drive(admission, 40, 1_000, 3_000);
  expect(admission.queueMax).toBeLessThan(5_000);
  expect(admission.admits(5_000, 4_000, 5_000, 2)).toBe(false);
  expect(admission.admits(5_000, 4_000, 0, 2)).toBe(true);
});

it('under lasting overload keeps the wait near its target, and is calm again afterwards', () => {
  const admission = new Admission();
  const { refused, stored, waitMax } = drive(admission, 40, 1_000, 10_000);
  expect(admission.isOverloaded).toBe(true);
  // The ledger is never idle, and what it can't take is refused: what is left waits, for the target of 50 ms or less.
  expect(stored).toBe(200_000);
  expect(refused).toBeGreaterThan(200_000 - 2_000);
  expect(waitMax).toBeLessThan(80);
  expect(drive(admission, 8, 11_000, 3_000).refused).toBe(0);
  expect(admission.isOverloaded).toBe(false);
  expect(admission.queueMax).toBe(QUEUE_CLICKS_MAX);
});

it('a large batch finds room between single clicks under overload: both are let in alike', () => {
  const admission = new Admission();
  drive(admission, 40, 1_000, 3_000);
  let queued = 0;
  let random = 1;
  const asked = { batch: 0, single: 0 };
  const taken = { batch: 0, single: 0 };
  for (let now = 4_000; now < 24_000; now += 20) {
    for (let i = 0; i < 800; i++) {
      random = (random * 48_271) % 0x7fffffff;
      const kind = random % 100 === 0 ? 'batch' : 'single';
      asked[kind]++;
      if (!admission.admits(queued, now)) continue;
      taken[kind]++;
      queued += kind === 'batch' ? 1_000 : 1;
    }
    const clicks = Math.min(queued, 400);
    const waitedMs = queued / 20;
    queued -= clicks;
    admission.batchDone({ clicks, waitedMs, requestsWaiting: queued, isCommitted: true }, now + 20);
  }
  const share = (kind: 'batch' | 'single') => taken[kind] / asked[kind];
  expect(share('single')).toBeLessThan(0.5);
  expect(share('batch')).toBeGreaterThan(share('single') / 3);
});

it('takes an import that waits long with few requests for no overload', () => {
  const admission = new Admission();
  for (let now = 0; now < 10_000; now += 100) {
    expect(admission.admits(3_000, now)).toBe(true);
    admission.batchDone({ clicks: 1_000, waitedMs: 300, requestsWaiting: 3, isCommitted: true }, now + 100);
  }
  expect(admission.isOverloaded).toBe(false);
});

it('takes as many as before once the ledger is back from an outage', () => {
  const admission = new Admission();
  drive(admission, 40, 1_000, 3_000);
  const before = admission.queueMax;
  for (let i = 0; i < 50; i++)
    admission.batchDone(
      { clicks: 50, waitedMs: 500, requestsWaiting: 50, isCommitted: false },
      4_000 + i * 500,
    );
  expect(admission.isOverloaded).toBe(true);
  expect(admission.queueMax).toBe(before);
});

it('takes small batches that take as long as large ones for no slower ledger: the refusals slow them down', () => {
  const admission = new Admission();
  let queued = 0;
  let accepted = 0;
  // Whatever the size of a batch, refusing the rest takes 100 ms.
  for (let now = 0; now < 20_000; now += 100) {
    for (let i = 0; i < 900; i++) {
      if (!admission.admits(queued, now)) continue;
      queued++;
      if (now >= 10_000) accepted++;
    }
    admission.batchDone(
      { clicks: queued, waitedMs: 100, requestsWaiting: 100, isCommitted: true },
      now + 100,
    );
    queued = 0;
  }
  expect(accepted / 10).toBeGreaterThan(3_000);
});
