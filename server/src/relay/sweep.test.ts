import { expect, it } from 'vitest';
import { SWEEP_MS, Sweep } from './sweep.js';

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

/** Goes through chunks 101 to 100 + count, 20 at a time, and returns when it came to the end. */
function goThrough(sweep: Sweep, count: number, startMs: number): number {
  let nowMs = startMs;
  const last = 100 + count;
  while (sweep.sweptTo < last) {
    while (!sweep.isDue(nowMs)) nowMs += MINUTE_MS;
    const from = Math.max(100, sweep.sweptTo);
    const ids = Array.from({ length: Math.min(20, last - from) }, (_, i) => from + 1 + i);
    sweep.swept(ids, count, nowMs);
  }
  while (!sweep.isDue(nowMs)) nowMs += MINUTE_MS;
  sweep.ended();
  return nowMs;
}

it.each([1, 15, 40, 1_000, 25_000])('a sweep of %i chunks takes a day', (count) => {
  const took = goThrough(new Sweep(), count, 0);
  expect(took).toBeGreaterThanOrEqual(SWEEP_MS);
  expect(took).toBeLessThan(SWEEP_MS * 1.9);
});

it('the first sweep waits for nothing', () => {
  const sweep = new Sweep();
  sweep.hurry();
  expect(goThrough(sweep, 1_000, 0)).toBe(0);
  expect(sweep.isHasty).toBe(false);
});

it('after a failure every chunk is compared in haste: those that are left of the sweep, and then all', () => {
  const sweep = new Sweep();
  sweep.swept([101], 1_000, 0);
  expect(sweep.isDue(MINUTE_MS)).toBe(false);
  sweep.hurry();
  expect(goThrough(sweep, 1_000, 0)).toBe(0);
  expect(goThrough(sweep, 1_000, 0)).toBe(0);
  expect(sweep.isHasty).toBe(false);
});

it('each hour is compared once a sweep, all of them within a day, and no more than one a minute when there are few', () => {
  for (const count of [3, 720, 20_000]) {
    const sweep = new Sweep();
    const hours = Array.from({ length: count }, (_, i) => i * HOUR_MS);
    const seen: number[] = [];
    let nowMs = 0;
    sweep.addHours(hours, false);
    for (let hour = sweep.hourDue(nowMs); hour !== undefined; hour = sweep.hourDue(nowMs)) {
      seen.push(hour);
      sweep.hourCompared(hour, { tookMs: 5, isDone: true }, nowMs);
      sweep.addHours(hours.slice(0, 100), false); // chunks overlap
      const before = nowMs;
      while (seen.length < count && sweep.hourDue(nowMs) === undefined) nowMs += 50;
      if (count === 3 && seen.length < count) expect(nowMs - before).toBe(MINUTE_MS);
    }
    expect(seen).toEqual(hours);
    expect(nowMs).toBeLessThan(SWEEP_MS * 1.02); // in steps of 50 ms
  }
});

it('an hour that takes long is followed by a pause of fifty times as long', () => {
  const sweep = new Sweep();
  sweep.addHours([0, HOUR_MS], true);
  sweep.hourCompared(0, { tookMs: 4_000, isDone: true }, 0);
  expect(sweep.hourDue(199_999)).toBeUndefined();
  expect(sweep.hourDue(200_000)).toBe(HOUR_MS);
});

it('an hour that has new clicks, or has to be looked at again, is compared again', () => {
  const sweep = new Sweep(0);
  sweep.addHours([0], true);
  sweep.hourCompared(0, { tookMs: 1, isDone: false }, 0);
  expect(sweep.hourDue(0)).toBe(0);
  sweep.hourCompared(0, { tookMs: 1, isDone: true }, 0);
  expect(sweep.hourDue(0)).toBeUndefined();
  sweep.addHours([0], false);
  expect(sweep.hourDue(0)).toBeUndefined();
  sweep.addHours([0], true);
  expect(sweep.hourDue(0)).toBe(0);
});
