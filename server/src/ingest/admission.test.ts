import { expect, it } from 'vitest';
import { Admission, QUEUE_CLICKS_MAX } from './admission.js';

/** A ledger that takes 5 clicks a millisecond in batches of 20 ms, under a load given in clicks a millisecond. */
function drive(admission: Admission, load: number, fromMs: number, forMs: number) {
  let queued = 0;
  let refused = 0;
  let waitMax = 0;
  for (let now = fromMs; now < fromMs + forMs; now += 20) {
    for (let i = 0; i < load * 20; i++)
      if (admission.admits(queued, 1, now)) queued++;
      else refused++;
    const clicks = Math.min(queued, 100);
    const waitedMs = queued / 5;
    waitMax = Math.max(waitMax, now - fromMs > forMs / 2 ? waitedMs : 0);
    queued -= clicks;
    admission.batchDone({ clicks, waitedMs, requestsWaiting: queued, isCommitted: true }, now + 20);
  }
  return { refused, waitMax };
}

it('lets a burst wait, however long the queue', () => {
  const admission = new Admission();
  expect(admission.admits(QUEUE_CLICKS_MAX - 1, 1, 0)).toBe(true);
  expect(admission.admits(QUEUE_CLICKS_MAX, 1, 0)).toBe(false);
  expect(drive(new Admission(), 15, 1_000, 400).refused).toBe(0);
});

it('under lasting overload keeps the wait near its target, and is calm again afterwards', () => {
  const admission = new Admission();
  const { refused, waitMax } = drive(admission, 10, 1_000, 10_000);
  expect(admission.isOverloaded).toBe(true);
  expect(refused).toBeGreaterThan(30_000);
  expect(waitMax).toBeLessThan(80);
  expect(drive(admission, 2, 11_000, 3_000).refused).toBe(0);
  expect(admission.isOverloaded).toBe(false);
  expect(admission.queueMax).toBe(QUEUE_CLICKS_MAX);
});

it('takes a large batch when nothing waits, even under overload', () => {
  const admission = new Admission();
  drive(admission, 10, 1_000, 3_000);
  expect(admission.admits(0, 1_000, 4_000)).toBe(true);
  expect(admission.admits(500, 1_000, 4_000)).toBe(false);
});

it('takes an import that waits long with few requests for no overload', () => {
  const admission = new Admission();
  for (let now = 0; now < 10_000; now += 100) {
    expect(admission.admits(3_000, 1_000, now)).toBe(true);
    admission.batchDone({ clicks: 1_000, waitedMs: 300, requestsWaiting: 3, isCommitted: true }, now + 100);
  }
  expect(admission.isOverloaded).toBe(false);
});

it('takes as many as before once the ledger is back from an outage', () => {
  const admission = new Admission();
  drive(admission, 10, 1_000, 3_000);
  const before = admission.queueMax;
  for (let i = 0; i < 50; i++)
    admission.batchDone(
      { clicks: 50, waitedMs: 500, requestsWaiting: 50, isCommitted: false },
      4_000 + i * 500,
    );
  expect(admission.isOverloaded).toBe(true);
  expect(admission.queueMax).toBe(before);
});
