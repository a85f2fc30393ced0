import { expect, it } from 'vitest';
import type { Click } from '../ingest/click.js';
import { judge, velocitiesOf } from './judge.js';
import type { Rule } from './rule.js';

const click = { tenantId: 1, ipHash: 'ip', userId: 'user' } as Click;

it('100 clicks a minute from an address are clean, 101 are flagged velocity_ip', () => {
  expect(judge(click, [100, 0])).toMatchObject({ isFraudulent: false, reason: null });
  expect(judge(click, [101, 0])).toMatchObject({ isFraudulent: true, reason: 'velocity_ip' });
});

it('50 clicks a minute from a user are clean, 51 are flagged velocity_user', () => {
  expect(judge(click, [0, 50])).toMatchObject({ isFraudulent: false });
  expect(judge(click, [0, 51])).toMatchObject({ isFraudulent: true, reason: 'velocity_user' });
});

it('keeps every reason, the strongest first', () => {
  expect(judge(click, [101, 51])).toEqual({
    isFraudulent: true,
    reason: 'velocity_ip',
    reasons: ['velocity_ip', 'velocity_user'],
    rulesNotRun: [],
    evidence: JSON.stringify({
      velocity_ip: { count: 101, count_max: 100, window_ms: 60_000 },
      velocity_user: { count: 51, count_max: 50, window_ms: 60_000 },
    }),
  });
});

it('asks only for what the click has', () => {
  expect(velocitiesOf({ ...click, userId: null }).map(({ name }) => name)).toEqual(['velocity_ip']);
  expect(velocitiesOf({ ...click, ipHash: null }).map(({ name }) => name)).toEqual(['velocity_user']);
});

it('says which rules did not run when the guard was away', () => {
  expect(judge(click, null)).toEqual({
    isFraudulent: false,
    reason: null,
    reasons: [],
    rulesNotRun: ['velocity_ip', 'velocity_user'],
    evidence: '',
  });
});

it('flags on weak signs only when two agree', () => {
  const weak = (name: string): Rule => ({
    name,
    severity: 'weak',
    velocity: () => ({ name, subject: 's', windowMs: 1, countMax: 1 }),
    fires: (_, count) => count > 0,
  });
  const rules = [weak('one'), weak('two')];
  expect(judge(click, [1, 0], rules)).toMatchObject({ isFraudulent: false, reasons: ['one'] });
  expect(judge(click, [1, 1], rules)).toMatchObject({ isFraudulent: true, reason: 'one' });
});
