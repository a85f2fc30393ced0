import { expect, it } from 'vitest';
import { comparedSpan, RANGE_PATTERN, resolveRange } from './ranges.js';
import type { BucketSize } from './zone.js';

const now = Date.parse('2026-11-24T20:31:25Z');
const resolve = (token: string, bucket: BucketSize, zone = 'UTC', at = now) => {
  const { startMs, endMs } = resolveRange(token, at, bucket, zone);
  return [new Date(startMs).toISOString(), new Date(endMs).toISOString()].map((text) => text.slice(0, 16));
};

it.each([
  ['last_15m', 'minute', 'UTC', '2026-11-24T20:17', '2026-11-24T20:32'],
  ['last_24h', 'hour', 'UTC', '2026-11-23T21:00', '2026-11-24T21:00'],
  ['last_24h', 'minute', 'UTC', '2026-11-23T20:32', '2026-11-24T20:32'],
  ['last_7d', 'day', 'UTC', '2026-11-18T00:00', '2026-11-25T00:00'],
  ['last_12mo', 'day', 'UTC', '2025-11-25T00:00', '2026-11-25T00:00'],
  ['today', 'hour', 'Asia/Kolkata', '2026-11-24T18:30', '2026-11-25T18:30'],
  ['yesterday', 'hour', 'America/New_York', '2026-11-23T05:00', '2026-11-24T05:00'],
  ['this_month', 'day', 'Europe/Berlin', '2026-10-31T23:00', '2026-11-30T23:00'],
  ['last_month', 'day', 'Europe/Berlin', '2026-09-30T22:00', '2026-10-31T23:00'],
  ['this_month', 'day', 'Pacific/Kiritimati', '2026-10-31T10:00', '2026-11-30T10:00'],
  ['last_7d', 'hour', 'UTC', '2026-11-17T21:00', '2026-11-24T21:00'],
  ['last_7d_to_yesterday', 'hour', 'Europe/Berlin', '2026-11-16T23:00', '2026-11-23T23:00'],
  ['last_7d_to_date', 'hour', 'Europe/Berlin', '2026-11-17T23:00', '2026-11-24T21:00'],
  ['last_12mo_to_yesterday', 'day', 'UTC', '2025-11-24T00:00', '2026-11-24T00:00'],
  ['last_12mo_to_date', 'day', 'UTC', '2025-11-25T00:00', '2026-11-25T00:00'],
  ['week_to_date', 'minute', 'Europe/Berlin', '2026-11-22T23:00', '2026-11-24T20:32'],
  ['last_week', 'hour', 'Europe/Berlin', '2026-11-15T23:00', '2026-11-22T23:00'],
  ['month_to_date', 'day', 'Europe/Berlin', '2026-10-31T23:00', '2026-11-24T23:00'],
  ['this_month', 'day', 'Pacific/Pago_Pago', '2026-11-01T11:00', '2026-12-01T11:00'],
] as const)('%s by %s in %s', (token, bucket, zone, start, end) => {
  expect(resolve(token, bucket, zone)).toEqual([start, end]);
});

it('a day of a change of clocks has 23 or 25 hours', () => {
  const autumn = resolve('today', 'hour', 'Europe/Berlin', Date.parse('2026-10-25T12:00:00Z'));
  expect(autumn).toEqual(['2026-10-24T22:00', '2026-10-25T23:00']);
  const spring = resolve('today', 'hour', 'Europe/Berlin', Date.parse('2026-03-29T12:00:00Z'));
  expect(spring).toEqual(['2026-03-28T23:00', '2026-03-29T22:00']);
  const across = resolve('last_7d', 'day', 'Europe/Berlin', Date.parse('2026-10-27T12:00:00Z'));
  expect(across).toEqual(['2026-10-20T22:00', '2026-10-27T23:00']);
});

it('the previous range ends where this one begins, and is as long', () => {
  const span = { startMs: 1_000, endMs: 1_500 };
  expect(comparedSpan('previous', span, span, 0, 'UTC')).toEqual({ startMs: 500, endMs: 1_000 });
});

it.each([
  ['month_to_date', 'previous_period', '2026-09-30T22:00', '2026-10-31T23:00'],
  ['month_to_date', 'previous_period_to_date', '2026-09-30T22:00', '2026-10-24T20:00'],
  ['week_to_date', 'previous_period_to_date', '2026-11-15T23:00', '2026-11-17T20:32'],
  ['last_7d_to_yesterday', 'previous_period_to_date', '2026-11-09T23:00', '2026-11-16T23:00'],
  ['today', 'previous_year', '2025-11-23T23:00', '2025-11-24T23:00'],
  ['today', 'previous_year_to_date', '2025-11-23T23:00', '2025-11-24T20:32'],
  ['last_24h', 'previous_period', '2026-11-22T21:00', '2026-11-23T21:00'],
] as const)('%s with its %s, in Berlin', (range, compare, start, end) => {
  const span = resolveRange(range, now, 'hour', 'Europe/Berlin');
  const { startMs, endMs } = comparedSpan(compare, range, span, now, 'Europe/Berlin');
  expect([startMs, endMs].map((ms) => new Date(ms).toISOString().slice(0, 16))).toEqual([start, end]);
});

it('a token that is none is refused, also one that only begins like one', () => {
  for (const token of [
    'last_0d',
    'last_24h_to_date',
    'last_7d_to',
    'tomorrow',
    'week',
    'last_7d_to_yesterdays',
  ])
    expect(RANGE_PATTERN.test(token)).toBe(false);
});
