import { expect, it } from 'vitest';
import { LatencyWindow } from './latency-window.js';

it('gives percentiles of what was observed, within 5 %', () => {
  const window = new LatencyWindow(() => 1_000_000);
  expect(window.percentiles()).toBeNull();
  for (let i = 1; i <= 1_000; i++) window.observe(i / 10);
  const { p50_ms, p99_ms, count } = window.percentiles() as NonNullable<
    ReturnType<LatencyWindow['percentiles']>
  >;
  expect(count).toBe(1_000);
  expect(p50_ms).toBeGreaterThanOrEqual(50);
  expect(p50_ms).toBeLessThan(50 * 1.06);
  expect(p99_ms).toBeGreaterThanOrEqual(99);
  expect(p99_ms).toBeLessThan(99 * 1.06);
});

it('forgets after about a minute, also when nothing came meanwhile', () => {
  let now = 5_000_000;
  const window = new LatencyWindow(() => now);
  window.observe(3, 10);
  now += 55_000;
  window.observe(7);
  expect(window.percentiles()?.count).toBe(11);
  now += 20_000;
  expect(window.percentiles()?.count).toBe(1);
  now += 3_600_000;
  expect(window.percentiles()).toBeNull();
});
