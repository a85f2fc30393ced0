import { momentBefore } from '@clickledger/contract';
import { expect, test } from 'vitest';
import type { Comparison } from './comparison.js';
import { mayIncludeToday, PRESET_NAMES, type RangeChoice } from './presets.js';
import { granularitiesFor, resolveRange } from './range.js';

const BERLIN = 'Europe/Berlin';
const at = (text: string) => Date.parse(text);
const resolve = (
  choice: RangeChoice,
  now: string,
  size?: 'minute' | 'hour' | 'day',
  comparison?: Comparison,
) => {
  const range = resolveRange(choice, at(now), BERLIN, size, comparison);
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
  const choices = PRESET_NAMES.flatMap((preset) =>
    mayIncludeToday(preset) ? [{ preset }, { preset, withToday: true }] : [{ preset }],
  );
  const past = ['yesterday', 'lastweek', 'lastmonth'];
  for (let now = at('2026-01-01T00:00:00Z'); now < at('2027-01-01T00:00:00Z'); now += 61 * 3_599_999)
    for (const choice of choices)
      for (const kind of ['previous', 'year'] as const) {
        const range = resolveRange(choice, now, BERLIN, undefined, { kind });
        const { startMs, endMs, previous, previousEndMs } = range;
        expect(startMs).toBeLessThan(endMs);
        expect(previous.startMs).toBeLessThan(previous.endMs);
        expect(previous.endMs).toBeLessThanOrEqual(previousEndMs);
        expect(previousEndMs).toBeLessThanOrEqual(startMs);
        const isOver = past.includes(choice.preset) || (mayIncludeToday(choice.preset) && !choice.withToday);
        expect(now >= startMs && now < endMs).toBe(!isOver);
        if (isOver) expect(previous.endMs).toBe(previousEndMs);
      }
});

test('the last 7 days end with yesterday, so that their figures stand still; today is included on demand', () => {
  const [evening, night] = ['2026-11-26T22:53:00Z', '2026-11-26T23:14:00Z'].map((now) =>
    resolve({ preset: '7d' }, now),
  );
  expect(evening).toMatchObject({ from: '2026-11-18T23:00', to: '2026-11-25T23:00' });
  expect(night).toMatchObject({ from: '2026-11-19T23:00', to: '2026-11-26T23:00' });
  expect(resolve({ preset: '7d', withToday: true }, '2026-11-26T22:53:00Z')).toMatchObject({
    from: '2026-11-19T23:00',
    to: '2026-11-26T23:00',
    previous: ['2026-11-12T23:00', '2026-11-19T23:00'],
  });
});

test.each<[RangeChoice['preset'], string, string, string[]]>([
  ['week', '2026-11-22T23:00', '2026-11-24T10:00', ['2026-11-15T23:00', '2026-11-17T09:31']],
  ['lastweek', '2026-11-15T23:00', '2026-11-22T23:00', ['2026-11-08T23:00', '2026-11-15T23:00']],
  ['lastmonth', '2026-09-30T22:00', '2026-10-31T23:00', ['2026-08-31T22:00', '2026-09-30T22:00']],
  ['12mo', '2025-11-23T23:00', '2026-11-23T23:00', ['2024-11-23T23:00', '2025-11-23T23:00']],
])('%s begins and ends at midnight of the zone, from Monday to Sunday', (preset, from, to, previous) => {
  expect(resolve({ preset } as RangeChoice, '2026-11-24T09:30:30Z')).toMatchObject({ from, to, previous });
});

test('last month is compared with all of the month before, also when that one is longer', () => {
  expect(resolve({ preset: 'lastmonth' }, '2026-03-10T12:00:00Z')).toMatchObject({
    from: '2026-01-31T23:00',
    to: '2026-02-28T23:00',
    previous: ['2025-12-31T23:00', '2026-01-31T23:00'],
  });
});

test('a year earlier means the same dates, and a custom comparison is taken as it is', () => {
  const march = {
    preset: 'custom',
    fromMs: at('2026-03-31T22:00:00Z'),
    toMs: at('2026-04-07T22:00:00Z'),
  } as const;
  expect(resolve(march, '2026-11-24T09:30:30Z', undefined, { kind: 'year' }).previous).toEqual([
    '2025-03-31T22:00',
    '2025-04-07T22:00',
  ]);
  const chosen = {
    kind: 'custom',
    fromMs: at('2026-01-01T00:00:00Z'),
    toMs: at('2026-01-03T00:00:00Z'),
  } as const;
  expect(resolve(march, '2026-11-24T09:30:30Z', undefined, chosen).previous).toEqual([
    '2026-01-01T00:00',
    '2026-01-03T00:00',
  ]);
});

test('the days before are local days: on the day of 25 hours, noon is compared until noon', () => {
  expect(resolve({ preset: 'today' }, '2026-10-25T11:00:00Z').previous).toEqual([
    '2026-10-23T22:00',
    '2026-10-24T10:01',
  ]);
  // Whole days chosen by hand, with the change of clocks in the first of the two weeks.
  const custom = {
    preset: 'custom',
    fromMs: at('2026-10-26T23:00:00Z'),
    toMs: at('2026-11-02T23:00:00Z'),
  } as const;
  expect(resolve(custom, '2026-11-24T09:30:30Z').previous).toEqual(['2026-10-19T22:00', '2026-10-26T23:00']);
});

test('an hour stands beside the hour that clocks called the same, where days have different lengths', () => {
  const range = resolveRange({ preset: 'today' }, at('2026-10-25T11:00:00Z'), BERLIN);
  const before = (text: string) => new Date(momentBefore(range, at(text))).toISOString();
  expect(before('2026-10-24T23:00:00Z')).toBe('2026-10-23T23:00:00.000Z'); // 1:00
  expect(before('2026-10-25T01:00:00Z')).toBe('2026-10-24T00:00:00.000Z'); // the second 2:00
  expect(before('2026-10-25T11:00:00Z')).toBe('2026-10-24T10:00:00.000Z'); // noon
});
