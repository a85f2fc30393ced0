import { expect, test } from 'vitest';
import { bucketStart, fromWallClock, nextBucket, startOfDay, startOfMonth, wallClock } from './zone.js';

const BERLIN = 'Europe/Berlin';
const at = (text: string) => Date.parse(text);
const iso = (ms: number) => new Date(ms).toISOString();

test.each([
  ['the day that clocks go forward has 23 hours', '2026-03-29T10:00:00Z', 23],
  ['the day that clocks go back has 25 hours', '2026-10-25T10:00:00Z', 25],
  ['any other day has 24', '2026-06-01T10:00:00Z', 24],
])('%s', (_, moment, hours) => {
  const start = startOfDay(at(moment), BERLIN);
  expect(startOfDay(at(moment), BERLIN, 1) - start).toBe(hours * 3_600_000);
  expect(nextBucket(start, 'day', BERLIN) - start).toBe(hours * 3_600_000);
});

test('a day begins at midnight of its zone, not of UTC', () => {
  expect(iso(startOfDay(at('2026-11-24T23:30:00Z'), BERLIN))).toBe('2026-11-24T23:00:00.000Z');
  expect(iso(startOfDay(at('2026-11-24T03:00:00Z'), 'America/New_York'))).toBe('2026-11-23T05:00:00.000Z');
});

test('where midnight is skipped, the day begins with its first moment', () => {
  // Chile: on 6 September 2026 clocks went from 00:00 to 01:00.
  const start = startOfDay(at('2026-09-06T12:00:00Z'), 'America/Santiago');
  expect(wallClock(start, 'America/Santiago')).toBe(Date.UTC(2026, 8, 6, 1));
});

test('months begin on their first day, over the turn of the year', () => {
  expect(iso(startOfMonth(at('2026-01-15T00:00:00Z'), BERLIN, -1))).toBe('2025-11-30T23:00:00.000Z');
});

test('the two hours of one name are two buckets', () => {
  const first = at('2026-10-25T00:30:00Z');
  const second = at('2026-10-25T01:30:00Z');
  expect(wallClock(first, BERLIN)).toBe(wallClock(second, BERLIN));
  expect(iso(bucketStart(first, 'hour', BERLIN))).toBe('2026-10-25T00:00:00.000Z');
  expect(iso(bucketStart(second, 'hour', BERLIN))).toBe('2026-10-25T01:00:00.000Z');
});

test('hours of a zone off whole hours begin at its own', () => {
  expect(iso(bucketStart(at('2026-11-24T10:10:00Z'), 'hour', 'Asia/Kolkata'))).toBe(
    '2026-11-24T09:30:00.000Z',
  );
});

test('clocks and moments lead back to each other; a time that comes twice means the first', () => {
  for (const zone of [BERLIN, 'UTC', 'Asia/Kathmandu', 'America/St_Johns'])
    for (let ms = at('2026-01-01T00:00:00Z'); ms < at('2027-01-01T00:00:00Z'); ms += 7_777_777_777)
      expect(fromWallClock(wallClock(ms, zone), zone)).toBe(ms);
  expect(iso(fromWallClock(Date.UTC(2026, 9, 25, 2, 30), BERLIN))).toBe('2026-10-25T00:30:00.000Z');
});
