import { expect, it } from 'vitest';
import { previousRange, resolveRange } from './resolve-range.js';

const now = Date.parse('2026-11-24T20:31:25Z');
const resolve = (token: string, granularity: Parameters<typeof resolveRange>[2], zone = 'UTC', at = now) => {
  const { startMs, endMs } = resolveRange(token, at, granularity, zone);
  return [new Date(startMs).toISOString(), new Date(endMs).toISOString()].map((text) => text.slice(0, 16));
};

it.each([
  ['last_15m', 'minute', 'UTC', '2026-11-24T20:17', '2026-11-24T20:32'],
  ['last_24h', 'hour', 'UTC', '2026-11-23T21:00', '2026-11-24T21:00'],
  ['last_24h', 'total', 'UTC', '2026-11-23T20:32', '2026-11-24T20:32'],
  ['last_7d', 'day', 'UTC', '2026-11-18T00:00', '2026-11-25T00:00'],
  ['last_12mo', 'day', 'UTC', '2025-11-25T00:00', '2026-11-25T00:00'],
  ['today', 'hour', 'Asia/Kolkata', '2026-11-24T18:30', '2026-11-25T18:30'],
  ['yesterday', 'hour', 'America/New_York', '2026-11-23T05:00', '2026-11-24T05:00'],
  ['this_month', 'day', 'Europe/Berlin', '2026-10-31T23:00', '2026-11-30T23:00'],
  ['last_month', 'day', 'Europe/Berlin', '2026-09-30T22:00', '2026-10-31T23:00'],
  ['this_month', 'day', 'Pacific/Kiritimati', '2026-10-31T10:00', '2026-11-30T10:00'],
  ['this_month', 'day', 'Pacific/Pago_Pago', '2026-11-01T11:00', '2026-12-01T11:00'],
] as const)('%s by %s in %s', (token, granularity, zone, start, end) => {
  expect(resolve(token, granularity, zone)).toEqual([start, end]);
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
  expect(previousRange({ startMs: 1_000, endMs: 1_500 })).toEqual({ startMs: 500, endMs: 1_000 });
});
