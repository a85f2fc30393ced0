import { DEFAULT_RULE_SETTINGS, RULE_NAMES } from '@clickledger/contract';
import { expect, test } from 'vitest';
import { BURST_RULES, planBursts } from './bursts.js';

const plan = (settings = DEFAULT_RULE_SETTINGS) => {
  let next = 0;
  const parts = { newId: () => String(next++), runId: 'r', nowMs: Date.UTC(2026, 10, 25, 12), settings };
  return planBursts(BURST_RULES, parts, 1_000);
};
const burst = (rule: (typeof BURST_RULES)[number], settings = DEFAULT_RULE_SETTINGS) => {
  const found = plan(settings).find((one) => one.rule === rule);
  if (!found) throw new Error(rule);
  return found;
};

test('every rule at ingestion has a burst, except the lists', () => {
  expect([...BURST_RULES].sort()).toEqual(RULE_NAMES.filter((name) => name !== 'blocked').sort());
});

test('bursts follow one another, and no click is in two', () => {
  const clicks = plan().flatMap((one) => one.clicks);
  expect(clicks.map(({ atMs }) => atMs)).toEqual(clicks.map(({ atMs }) => atMs).sort((x, y) => x - y));
  expect(clicks[0]?.atMs).toBeGreaterThan(1_000);
  expect(new Set(clicks.map(({ click }) => click.click_id)).size).toBe(clicks.length);
  expect(new Set(plan().map(({ adId }) => adId)).size).toBe(BURST_RULES.length);
});

test('a burst goes above the limit that is in force, within its window', () => {
  const settings = {
    ...DEFAULT_RULE_SETTINGS,
    velocity_ip: { state: 'on' as const, count_max: 30, window_seconds: 60 },
  };
  const { clicks } = burst('velocity_ip', settings);
  expect(clicks).toHaveLength(40);
  expect(new Set(clicks.map(({ address }) => address)).size).toBe(1);
  expect((clicks.at(-1)?.atMs ?? 0) - (clicks[0]?.atMs ?? 0)).toBeLessThan(60_000);
  expect(new Set(burst('velocity_user').clicks.map(({ click }) => click.user_id)).size).toBe(1);
});

test('an ad’s burst has an hour before it that it is far above', () => {
  const { clicks } = burst('ad_burst');
  const nowMs = Date.UTC(2026, 10, 25, 12);
  const ages = clicks.map(({ click }) => nowMs - Date.parse(click.timestamp ?? ''));
  expect(ages.filter((age) => age > 60_000 && age < 3_600_000)).toHaveLength(30);
  expect(ages.filter((age) => age === 0).length).toBeGreaterThan(DEFAULT_RULE_SETTINGS.ad_burst.count_min);
});

test('of a rule that is off nothing is expected', () => {
  const settings = { ...DEFAULT_RULE_SETTINGS, bot_user_agent: { state: 'off' as const } };
  expect(burst('bot_user_agent', settings).firesMin).toBe(0);
});
