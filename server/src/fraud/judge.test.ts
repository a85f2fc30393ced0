import { DEFAULT_RULE_SETTINGS, type RuleSettings } from '@clickledger/contract';
import { expect, it } from 'vitest';
import type { Click } from '../click/click.js';
import type { CounterReading } from '../click/counters.js';
import type { ClickFacts } from '../click/facts.js';
import { ALLOWED_MARK, askFor, judge } from './judge.js';
import { DEFAULT_RULE_SET, makeRuleSet } from './rule-set.js';

const facts: ClickFacts = {
  addressCountry: '',
  isDatacenter: null,
  agent: 'browser',
  agentMatched: '',
  listed: null,
};
const click = {
  tenantId: 1,
  ipHash: 'ip',
  userId: 'user',
  visitorKey: 'v',
  adId: 'ad',
  country: '',
  facts,
} as Click;
const withFacts = (changed: Partial<ClickFacts>, fields: Partial<Click> = {}): Click => ({
  ...click,
  ...fields,
  facts: { ...facts, ...changed },
});

/** Judges with counts by rule; rules not named counted one. */
function judged(
  one: Click,
  counts: Partial<Record<string, number>> | null = {},
  settings: Partial<RuleSettings> = {},
  counter: CounterReading | null = null,
) {
  const rules = makeRuleSet(3, { ...DEFAULT_RULE_SETTINGS, ...settings });
  const asked = askFor(one, rules);
  return judge(
    one,
    rules,
    asked,
    counts && { counts: asked.velocities.map(({ name }) => counts[name] ?? 1), counter },
  );
}

it('100 clicks a minute from an address are clean, 101 are flagged velocity_ip', () => {
  expect(judged(click, { velocity_ip: 100 })).toMatchObject({ isFraudulent: false, reason: null });
  expect(judged(click, { velocity_ip: 101 })).toMatchObject({ isFraudulent: true, reason: 'velocity_ip' });
});

it('50 clicks a minute from a user are clean, 51 are flagged velocity_user', () => {
  expect(judged(click, { velocity_user: 50 })).toMatchObject({ isFraudulent: false });
  expect(judged(click, { velocity_user: 51 })).toMatchObject({ isFraudulent: true, reason: 'velocity_user' });
});

it('a second click of a visitor on an ad within the window is a double click', () => {
  expect(judged(click, { duplicate_click: 1 })).toMatchObject({ isFraudulent: false });
  expect(judged(click, { duplicate_click: 2 })).toMatchObject({
    isFraudulent: true,
    reason: 'duplicate_click',
  });
});

it('keeps every reason with its evidence and the version of the rules, the strongest first', () => {
  const { evidence, ...verdict } = judged(click, { velocity_ip: 101, velocity_user: 51 });
  expect(verdict).toEqual({
    isFraudulent: true,
    reason: 'velocity_ip',
    reasons: ['velocity_ip', 'velocity_user'],
    rulesNotRun: [],
  });
  expect(JSON.parse(evidence)).toEqual({
    velocity_ip: { count: 101, count_max: 100, window_ms: 60_000 },
    velocity_user: { count: 51, count_max: 50, window_ms: 60_000 },
    rules_version: 3,
  });
});

it('asks only for what the click has', () => {
  const names = (one: Click) => askFor(one, DEFAULT_RULE_SET).velocities.map(({ name }) => name);
  expect(names({ ...click, userId: null })).toEqual(['velocity_ip', 'duplicate_click']);
  expect(names({ ...click, ipHash: null })).toEqual(['velocity_user', 'duplicate_click']);
});

it('says which rules did not run when the guard was away; those that need no count do', () => {
  expect(judged(click, null)).toEqual({
    isFraudulent: false,
    reason: null,
    reasons: [],
    rulesNotRun: ['velocity_ip', 'velocity_user', 'duplicate_click', 'ad_burst'],
    evidence: '',
  });
  expect(judged(withFacts({ agent: 'bot', agentMatched: 'Googlebot/' }), null)).toMatchObject({
    isFraudulent: true,
    reason: 'bot_user_agent',
  });
});

it.each([
  ['bot', 'bot_user_agent'],
  ['library', 'bot_user_agent'],
  ['headless', 'headless_browser'],
] as const)('the user agent of a %s flags alone', (agent, reason) => {
  expect(judged(withFacts({ agent }))).toMatchObject({ isFraudulent: true, reason });
});

it.each([
  ['missing_user_agent', withFacts({ agent: 'missing' })],
  ['datacenter_ip', withFacts({ isDatacenter: true })],
  ['geo_mismatch', withFacts({ addressCountry: 'DE' }, { country: 'US' })],
])('%s alone is kept and flags nothing', (rule, one) => {
  expect(judged(one)).toMatchObject({ isFraudulent: false, reason: null, reasons: [rule] });
});

it('two weak signs of different kinds flag together', () => {
  expect(judged(withFacts({ isDatacenter: true, agent: 'missing' }))).toMatchObject({
    isFraudulent: true,
    reason: 'missing_user_agent',
    reasons: ['missing_user_agent', 'datacenter_ip'],
  });
});

it('countries are compared only when both are known', () => {
  expect(judged(withFacts({ addressCountry: 'DE' }, { country: '' })).reasons).toEqual([]);
  expect(judged(withFacts({ addressCountry: '' }, { country: 'US' })).reasons).toEqual([]);
  expect(judged(withFacts({ addressCountry: 'US' }, { country: 'US' })).reasons).toEqual([]);
});

it('an ad bursts above five times its mean minute, from 60 clicks on, and only with an hour to compare', () => {
  const burst = (minute: number, before: number) =>
    judged(click, {}, {}, { minute, hour: before + minute }).reasons;
  expect(burst(100, 20 * 59)).toEqual([]);
  expect(burst(101, 20 * 59)).toEqual(['ad_burst']);
  expect(burst(59, 59)).toEqual([]);
  expect(burst(60, 59)).toEqual(['ad_burst']);
  expect(burst(1_000, 0)).toEqual([]);
});

it('a blocked click is flagged whatever else; an allowed one never, and what fired is kept', () => {
  const listed = (list: 'allow' | 'block') => ({ list, kind: 'user', entryId: 7 }) as const;
  expect(judged(withFacts({ listed: listed('block') }))).toMatchObject({
    isFraudulent: true,
    reason: 'blocked',
  });
  expect(judged(withFacts({ listed: listed('allow') }), { velocity_ip: 101 })).toMatchObject({
    isFraudulent: false,
    reason: null,
    reasons: ['velocity_ip'],
  });
});

it('a rule in shadow is counted and flags nothing; one that is off is not asked for', () => {
  const limits = { count_max: 100, window_seconds: 60 };
  expect(judged(click, { velocity_ip: 101 }, { velocity_ip: { state: 'shadow', ...limits } })).toMatchObject({
    isFraudulent: false,
    reason: null,
    reasons: ['shadow:velocity_ip'],
  });
  const off = makeRuleSet(1, { ...DEFAULT_RULE_SETTINGS, velocity_ip: { state: 'off', ...limits } });
  expect(askFor(click, off).velocities.map(({ name }) => name)).toEqual(['velocity_user', 'duplicate_click']);
});

it.each<[string, Partial<Click>, Partial<ClickFacts>]>([
  ['neither user nor address', { userId: null, ipHash: null, visitorKey: '' }, {}],
  ['an address without a user agent: an office, a carrier', { userId: null }, { agent: 'missing' }],
  ['an address and the name of the server that reports it', { userId: null }, { agent: 'unknown' }],
])('strangers are no double click: %s', (_name, fields, changed) => {
  const verdict = judged(withFacts(changed, fields), { duplicate_click: 2 });
  expect(verdict).toMatchObject({ isFraudulent: false, rulesNotRun: ['duplicate_click'] });
  expect(judged(withFacts(changed, { ...fields, userId: 'u' }), { duplicate_click: 2 }).reason).toBe(
    'duplicate_click',
  );
});

it('an allow entry is kept with a click that no rule spoke on, so that rules that look back see it', () => {
  const allowed = judged(withFacts({ listed: { list: 'allow', kind: 'address', entryId: 7 } }));
  expect(allowed).toMatchObject({ isFraudulent: false, reasons: [] });
  expect(allowed.evidence.startsWith(ALLOWED_MARK)).toBe(true);
  expect(JSON.parse(allowed.evidence).allowed).toEqual({ list_kind: 'address', entry_id: 7 });
  expect(judged(click).evidence).toBe('');
});
