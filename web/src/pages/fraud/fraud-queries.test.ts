import { expect, it } from 'vitest';
import { resolveRange } from '../../lib/range.js';
import { fraudGranularity, splitScope } from './fraud-queries.js';

const twoDays = { preset: 'custom', fromMs: 0, toMs: 2 * 86_400_000 } as const;

it('takes a coarser bucket than the chosen one where the API would refuse it', () => {
  expect(fraudGranularity(resolveRange(twoDays, 0, 'UTC', 'minute'))).toBe('hour');
  expect(fraudGranularity(resolveRange(twoDays, 0, 'UTC', 'day'))).toBe('day');
});

it('applies one value of each filter, and names the others', () => {
  const campaign = { dimension: 'campaign_id', not: false, values: ['a'] } as const;
  const country = { dimension: 'country', not: false, values: ['DE'] } as const;
  const two = { dimension: 'browser', not: false, values: ['Safari', 'Edge'] } as const;
  const unknown = { dimension: 'os', not: false, values: [''] } as const;
  const rule = { dimension: 'fraud_reason', not: false, values: ['velocity_ip'] } as const;
  expect(splitScope([campaign, country, rule, two, unknown])).toEqual({
    applied: [campaign, country, rule],
    ignored: [two, unknown],
  });
  expect(splitScope([{ ...campaign, not: true }]).applied).toEqual([]);
});
