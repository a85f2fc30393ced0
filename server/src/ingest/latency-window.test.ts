import { expect, it } from 'vitest';
import { LatencyWindow } from './latency-window.js';

it('gives percentiles of what was observed, within 1 %', () => {
  const window = new LatencyWindow(() => 1_000_000);
  expect(window.percentiles()).toBeNull();
  for (let i = 1; i <= 1_000; i++) window.observe(i / 10);
  const { p50_ms, p99_ms, count } = window.percentiles() as NonNullable<
    ReturnType<LatencyWindow['percentiles']>
  >;
  expect(count).toBe(1_000);
  expect(p50_ms).toBeGreaterThanOrEqual(50);
  expect(p50_ms).toBeLessThan(50 * 1.01);
  expect(p99_ms).toBeGreaterThanOrEqual(99);
  expect(p99_ms).toBeLessThan(99 * 1.01);
});

it('forgets after about a minute, also when nothing came meanwhile', () => {
  let now = 5_000_000;
  const window = new LatencyWindow(() => now);
  for (let i = 0; i < 10; i++) window.observe(3);
  now += 55_000;
  window.observe(7);
  expect(window.percentiles()?.count).toBe(11);
  now += 20_000;
  expect(window.percentiles()?.count).toBe(1);
  now += 3_600_000;
  expect(window.percentiles()).toBeNull();
});

it('counts what takes no time, and what takes longer than it can tell', () => {
  const window = new LatencyWindow(() => 1_000_000);
  window.observe(0);
  expect(window.percentiles()).toEqual({ p50_ms: 0, p99_ms: 0, count: 1 });
  for (let i = 0; i < 9; i++) window.observe(3_600_000);
  expect(window.percentiles()?.count).toBe(10);
  expect(window.percentiles()?.p99_ms).toBeGreaterThan(59_000);
});
