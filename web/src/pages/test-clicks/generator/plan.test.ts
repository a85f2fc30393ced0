import { DEFAULT_RULE_SETTINGS } from '@clickledger/contract';
import { randomUuid, seededRandom } from '@clickledger/traffic';
import { expect, test } from 'vitest';
import {
  clampSettings,
  flaggedAtLeast,
  type GeneratorSettings,
  planRun,
  REQUESTS_MAX,
  requestsOf,
} from './plan.js';

const settings = (change: Partial<GeneratorSettings> = {}): GeneratorSettings => ({
  seconds: 20,
  ratePerSecond: 50,
  duplicatePercent: 0,
  duplicateBy: 'click_id',
  fraudPercent: 0,
  campaign: '',
  country: '',
  device: '',
  addresses: 'one',
  bursts: [],
  ...change,
});
const plan = (change: Partial<GeneratorSettings> = {}) =>
  planRun(settings(change), seededRandom(7), randomUuid, 'bot');

test('a run has exactly the requests asked for, each due at its place in the rate', () => {
  const run = plan({ seconds: 5, ratePerSecond: 20 });
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
  const run = plan({ seconds: 1, ratePerSecond: 5, duplicatePercent: 100 });
  expect(run.map(({ resend }) => resend)).toEqual([false, true, true, true, true]);
});

test('the fraud share of the new clicks comes from one user, enough to trip the user rule', () => {
  const run = plan({ fraudPercent: 20, duplicatePercent: 10 });
  const burst = run.filter(({ click, resend }) => !resend && click.user_id === 'bot');
  expect(burst).toHaveLength(180);
  expect(burst.length).toBeGreaterThan(DEFAULT_RULE_SETTINGS.velocity_user.count_max);
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
    clampSettings(
      settings({ seconds: 99_999, ratePerSecond: Number.NaN, duplicatePercent: -4, fraudPercent: 12.4 }),
    ),
  ).toEqual(settings({ seconds: 600, ratePerSecond: 1, duplicatePercent: 0, fraudPercent: 12 }));
  expect(requestsOf(settings({ seconds: 600, ratePerSecond: 1_000 }))).toBe(REQUESTS_MAX);
});

test('a run below the address limit promises no flags, a larger one does', () => {
  const rule = DEFAULT_RULE_SETTINGS.velocity_ip;
  expect(flaggedAtLeast(settings({ seconds: 2, ratePerSecond: 45 }), rule)).toBe(0);
  expect(flaggedAtLeast(settings(), rule)).toBe(800);
  expect(flaggedAtLeast(settings({ addresses: 'many' }), rule)).toBe(0);
});

test('the promise follows the rule in force, and not the rule as it comes', () => {
  const rule = { state: 'on', count_max: 20, window_seconds: 60 } as const;
  expect(flaggedAtLeast(settings(), rule)).toBe(960);
  expect(flaggedAtLeast(settings(), { ...rule, window_seconds: 1 })).toBeLessThan(960);
  expect(flaggedAtLeast(settings(), { ...rule, state: 'shadow' })).toBe(0);
  expect(flaggedAtLeast(settings(), { ...rule, state: 'off' })).toBe(0);
});

test('ids are version 4 UUIDs', () => {
  expect(randomUuid()).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});

test('a run is of one campaign, country and device when they are chosen', () => {
  const run = plan({ campaign: 'demo-newsletter', country: 'SE', device: 'tablet' });
  const kinds = new Set(run.map(({ click: c }) => `${c.campaign_id} ${c.country} ${c.device_type}`));
  expect([...kinds]).toEqual(['demo-newsletter SE tablet']);
  expect(new Set(plan().map(({ click }) => click.campaign_id)).size).toBe(5);
});

test('a repeat by key has the key, the address and the body of its original', () => {
  const run = plan({ duplicatePercent: 50, duplicateBy: 'idempotency_key', addresses: 'many' });
  const first = new Map(run.filter(({ resend }) => !resend).map((one) => [one.key, one]));
  for (const { key, click, address } of run.filter(({ resend }) => resend))
    expect({ click, address }).toEqual({ click: first.get(key)?.click, address: first.get(key)?.address });
  expect(new Set(run.map(({ address }) => address)).size).toBeGreaterThan(200);
});
