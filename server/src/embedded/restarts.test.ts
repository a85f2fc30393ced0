import { expect, it } from 'vitest';
import { LOOP_ENDS, Restarts } from './restarts.js';

it('a child that ends again and again is started ever more rarely, and called a crash loop', () => {
  let nowMs = 0;
  const restarts = new Restarts(() => nowMs);
  const delays: number[] = [];
  for (let i = 0; i < 12; i++) {
    expect(restarts.isLooping).toBe(i >= LOOP_ENDS);
    delays.push(restarts.ended(nowMs - 100));
    nowMs += 100;
  }
  expect(delays.slice(0, 3)).toEqual([100, 200, 400]);
  expect(delays.at(-1)).toBe(10_000);
  expect(restarts.total).toBe(12);
  nowMs += 10 * 60_000;
  expect(restarts.isLooping).toBe(false);
});

it('one that had run well is started again at once', () => {
  let nowMs = 0;
  const restarts = new Restarts(() => nowMs);
  for (let i = 0; i < 5; i++) restarts.ended(nowMs);
  nowMs = 60_000;
  expect(restarts.ended(0)).toBe(100);
});
