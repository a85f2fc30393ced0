import { expect, test } from 'vitest';
import {
  clampSettings,
  flaggedAtLeast,
  type GeneratorSettings,
  planRun,
  USER_CLICKS_PER_MINUTE_MAX,
} from './plan.js';
import { randomUuid, seededRandom } from './random.js';

const settings = (change: Partial<GeneratorSettings> = {}): GeneratorSettings => ({
  clicks: 1_000,
  ratePerSecond: 50,
  duplicatePercent: 0,
  fraudPercent: 0,
  ...change,
});
const plan = (change: Partial<GeneratorSettings> = {}) =>
  planRun(settings(change), seededRandom(7), randomUuid, 'bot');

test('a run has exactly the requests asked for, each due at its place in the rate', () => {
  const run = plan({ clicks: 100, ratePerSecond: 20 });
  expect(run).toHaveLength(100);
  expect(run[0]?.atMs).toBe(0);
  expect(run[20]?.atMs).toBe(1_000);
  expect(run[99]?.atMs).toBe(4_950);
});

test.each([0, 1, 10, 33, 50, 90])('%i %% of the requests send an earlier click again', (duplicatePercent) => {
  const run = plan({ duplicatePercent });
  const seen = new Set<string>();
  for (const { click, resend } of run) {
    expect(seen.has(click.click_id)).toBe(resend);
    seen.add(click.click_id);
  }
  expect(run.filter(({ resend }) => resend)).toHaveLength(duplicatePercent * 10);
});

test('with 100 % duplicates the first click is still new', () => {
  const run = plan({ clicks: 5, duplicatePercent: 100 });
  expect(run.map(({ resend }) => resend)).toEqual([false, true, true, true, true]);
});

test('the fraud share of the new clicks comes from one user, enough to trip the user rule', () => {
  const run = plan({ fraudPercent: 20, duplicatePercent: 10 });
  const burst = run.filter(({ click, resend }) => !resend && click.user_id === 'bot');
  expect(burst).toHaveLength(180);
  expect(burst.length).toBeGreaterThan(USER_CLICKS_PER_MINUTE_MAX);
});

test('the same seed plans the same clicks', () => {
  const ids = () => {
    let next = 0;
    return () => String(next++);
  };
  const twice = [1, 2].map(() => planRun(settings(), seededRandom(3), ids(), 'bot'));
  expect(twice[0]).toEqual(twice[1]);
});

test('settings are kept within their limits', () => {
  expect(
    clampSettings({ clicks: 99_999, ratePerSecond: Number.NaN, duplicatePercent: -4, fraudPercent: 12.4 }),
  ).toEqual({ clicks: 10_000, ratePerSecond: 1, duplicatePercent: 0, fraudPercent: 12 });
});

test('a run below the address limit promises no flags, a larger one does', () => {
  expect(flaggedAtLeast(settings({ clicks: 90 }))).toBe(0);
  expect(flaggedAtLeast(settings({ clicks: 1_000 }))).toBe(800);
});

test('ids are version 4 UUIDs', () => {
  expect(randomUuid()).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});
