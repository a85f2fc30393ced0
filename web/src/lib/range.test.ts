import { expect, test } from 'vitest';
import { floorTo, granularityFor, PRESETS, type Preset, previousRange, resolveRange } from './range.js';

const NOW = Date.parse('2026-03-18T13:25:47.123Z');

test.each(Object.keys(PRESETS) as Preset[])('%s ends now and starts with a whole bucket', (preset) => {
  const { startMs, endMs, granularity } = resolveRange({ preset }, NOW);
  expect(endMs).toBe(NOW);
  expect(floorTo(granularity, startMs)).toBe(startMs);
  expect(endMs - startMs).toBeGreaterThanOrEqual(PRESETS[preset].lengthMs);
});

test('a custom range is taken as it is', () => {
  const choice = { preset: 'custom', fromMs: NOW - 5_000, toMs: NOW } as const;
  expect(resolveRange(choice, 0)).toEqual({ startMs: NOW - 5_000, endMs: NOW, granularity: 'minute' });
});

test('buckets grow with the range', () => {
  const hour = 3_600_000;
  expect([1, 6, 7, 24 * 16, 24 * 17].map((hours) => granularityFor(hours * hour))).toEqual([
    'minute',
    'minute',
    'hour',
    'hour',
    'day',
  ]);
});

test('the previous range is as long and ends where this one starts', () => {
  expect(previousRange({ startMs: 700, endMs: 1_000 })).toEqual({ startMs: 400, endMs: 700 });
});
