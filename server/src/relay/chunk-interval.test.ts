import { expect, it } from 'vitest';
import { intervalAfterMs } from './chunk-interval.js';

it('a chunk of up to 99 events is followed after two seconds, one of 100 sooner', () => {
  expect([1, 99].map(intervalAfterMs)).toEqual([2_000, 2_000]);
  expect([100, 50_000].map(intervalAfterMs)).toEqual([1_100, 1_100]);
});
