import { AggregateQuery } from '@clickledger/contract';
import { expect, it } from 'vitest';
import { planOf, statementFor } from './aggregate-sql.js';

/** @param unfolded days that are not folded; all others are */
const statementOf = (parameters: Record<string, string>, unfolded: string[] = []) => {
  const query = AggregateQuery.parse(parameters);
  const isFolded = (dayMs: number) => !unfolded.some((day) => Date.parse(`${day}T00:00:00Z`) === dayMs);
  return statementFor(7, query, planOf(query, isFolded), 'both', 10_001, () => ({
    chunk: 9,
    months: new Map(),
  }));
};
const RAGGED = { start_time: '2026-10-27T23:58:57.123Z', end_time: '2026-11-27T09:05:07.456Z' };

it('reads each table once, and what they lack from the raw clicks, however ragged the ends of a range are', () => {
  for (const unfolded of [[], ['2026-11-01'], ['2026-11-11', '2026-11-26']])
    expect(statementOf({ ...RAGGED, granularity: 'total' }, unfolded).sql.match(/FROM \w+/g)).toEqual([
      'FROM clicks_by_day',
      'FROM clicks_by_hour',
      'FROM clicks_by_minute',
      'FROM click_events',
      'FROM click_events',
    ]);
});

it('binds every value, and brings no other parameter than those that the statement names', () => {
  for (const parameters of [
    { ...RAGGED, granularity: 'total', campaign_id: "D'E", not_os: 'iOS' },
    { ...RAGGED, granularity: 'day', timezone: 'Europe/Berlin', group_by: 'ad_id' },
    { ...RAGGED, granularity: 'total', group_by: 'ad_id', limit: '10', search: "o'hara" },
    { ...RAGGED, granularity: 'hour', country: 'DE', os: 'iOS', fraud_reason: 'x' },
  ]) {
    const { sql, params } = statementOf(parameters);
    const named = [...sql.matchAll(/\{(\w+):/g)].map(([, name]) => name);
    expect([...new Set(named)].sort()).toEqual(Object.keys(params).sort());
    expect(sql).not.toContain('hara');
    expect(sql).not.toContain("D'E");
  }
});

it('a range beyond what a bucket can be is held to it', () => {
  const { params } = statementOf({
    start_time: '1970-01-01T00:00:00Z',
    end_time: '2199-01-01T00:00:00Z',
    granularity: 'total',
  });
  expect(params).toMatchObject({ clicks_by_day_from0: 0, clicks_by_day_to0: 4_294_967_295 });
});
