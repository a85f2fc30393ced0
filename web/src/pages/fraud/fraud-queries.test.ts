import { expect, it } from 'vitest';
import { resolveRange } from '../../lib/range.js';
import { fraudGranularity, splitScope } from './fraud-queries.js';

const twoDays = { preset: 'custom', fromMs: 0, toMs: 2 * 86_400_000 } as const;

it('takes a coarser bucket than the chosen one where the API would refuse it', () => {
  expect(fraudGranularity(resolveRange(twoDays, 0, 'UTC', 'minute'))).toBe('hour');
  expect(fraudGranularity(resolveRange(twoDays, 0, 'UTC', 'day'))).toBe('day');
});

it('applies one advertiser, campaign and ad, and names the other filters', () => {
  const campaign = { dimension: 'campaign_id', not: false, values: ['a'] } as const;
  const country = { dimension: 'country', not: false, values: ['DE'] } as const;
  expect(splitScope([campaign, country])).toEqual({ applied: [campaign], ignored: [country] });
  expect(splitScope([{ ...campaign, not: true }]).applied).toEqual([]);
});
