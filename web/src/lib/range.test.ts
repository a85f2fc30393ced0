import { expect, test } from 'vitest';
import { granularitiesFor, PRESET_NAMES, type RangeChoice, resolveRange } from './range.js';

const BERLIN = 'Europe/Berlin';
const at = (text: string) => Date.parse(text);
const resolve = (choice: RangeChoice, now: string, size?: 'minute' | 'hour' | 'day') => {
  const range = resolveRange(choice, at(now), BERLIN, size);
  const iso = (ms: number) => new Date(ms).toISOString().slice(0, 16);
  return {
    from: iso(range.startMs),
    to: iso(range.endMs),
    by: range.granularity,
    previous: [iso(range.previous.startMs), iso(range.previous.endMs)],
  };
};

test('today is the whole day, and is compared with as much of yesterday as has passed', () => {
  expect(resolve({ preset: 'today' }, '2026-11-24T09:30:30Z')).toEqual({
    from: '2026-11-23T23:00',
    to: '2026-11-24T23:00',
    by: 'hour',
    previous: ['2026-11-22T23:00', '2026-11-23T09:31'],
  });
});

test('on the day after the clocks went back, yesterday has 25 hours', () => {
  const range = resolveRange({ preset: 'yesterday' }, at('2026-10-26T12:00:00Z'), BERLIN);
  expect(range.endMs - range.startMs).toBe(25 * 3_600_000);
});

test('the last 24 hours are whole hours, the running one included', () => {
  expect(resolve({ preset: '24h' }, '2026-11-24T09:30:30Z')).toMatchObject({
    from: '2026-11-23T10:00',
    to: '2026-11-24T10:00',
  });
});

test('a month is compared with the month before, however long that is', () => {
  expect(resolve({ preset: 'month' }, '2026-03-02T12:00:00Z')).toMatchObject({
    from: '2026-02-28T23:00',
    previous: ['2026-01-31T23:00', '2026-02-02T12:01'],
  });
});

test('a chosen bucket size holds where it suits the length and is left where it does not', () => {
  expect(resolve({ preset: '24h' }, '2026-11-24T09:30:30Z', 'minute').by).toBe('minute');
  expect(resolve({ preset: '12mo' }, '2026-11-24T09:30:30Z', 'minute').by).toBe('day');
  expect(granularitiesFor(3_600_000)).toEqual(['minute']);
});

test('a range stays the same until a bucket has passed, so that everybody asks the same question', () => {
  for (const preset of PRESET_NAMES) {
    const [one, other] = ['2026-11-24T09:30:01Z', '2026-11-24T09:30:59Z'].map((now) =>
      resolveRange({ preset }, at(now), BERLIN),
    );
    expect(one).toEqual(other);
  }
});

test('what a range is compared with lies before it and is never empty', () => {
  for (let now = at('2026-01-01T00:00:00Z'); now < at('2027-01-01T00:00:00Z'); now += 13 * 3_599_999)
    for (const preset of PRESET_NAMES) {
      const { startMs, endMs, previous } = resolveRange({ preset }, now, BERLIN);
      expect(startMs).toBeLessThan(endMs);
      expect(previous.startMs).toBeLessThan(previous.endMs);
      expect(previous.endMs).toBeLessThanOrEqual(startMs);
      expect(now >= startMs && (now < endMs || preset === 'yesterday')).toBe(true);
    }
});
