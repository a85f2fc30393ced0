import { TIME_TO_CONVERT_BOUNDS } from '@clickledger/contract';
import { expect, test } from 'vitest';
import { binsOf, spanLabel } from './time-to-convert.js';

const BUCKETS = [0, ...TIME_TO_CONVERT_BOUNDS].map((from_seconds, index) => ({
  from_seconds,
  to_seconds: TIME_TO_CONVERT_BOUNDS[index] ?? null,
  conversions: index === 4 ? 7 : 0,
}));

test('each bucket is named in its own unit, and no two alike', () => {
  const labels = BUCKETS.map(spanLabel);
  expect(labels.slice(0, 6)).toEqual([
    'under 10 s',
    '10–30 s',
    '30–60 s',
    '1–5 min',
    '5–15 min',
    '15–30 min',
  ]);
  expect(labels.slice(-2)).toEqual(['30–60 days', 'over 60 days']);
  expect(new Set(labels).size).toBe(BUCKETS.length);
});

test('times that no conversion took are left out behind the last one that some did', () => {
  const bins = binsOf(BUCKETS);
  expect(bins).toHaveLength(5);
  expect(bins.at(-1)).toEqual({ label: '5–15 min', count: 7 });
  expect(binsOf([])).toEqual([]);
});
