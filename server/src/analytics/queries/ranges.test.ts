import { bucketStart } from '@clickledger/contract';
import { expect, it } from 'vitest';
import { bucketStarts, splitRange } from './ranges.js';

const at = (date: string) => Date.parse(`${date}T00:00:00Z`);

it('folded days are read as days, neighbours at once, the others from their hours', () => {
  const [from, to] = [at('2026-10-29'), at('2026-11-03') + 90_000];
  const folded = new Set(['2026-10-30', '2026-10-31', '2026-11-02'].map(at));
  const pieces = (
    granularity: 'total' | 'day' | 'hour',
    available: 'raw' | 'hours' | 'all',
    days: ReadonlySet<number> = folded,
  ) =>
    splitRange(from, to, granularity, 'UTC', available, (day) => days.has(day)).map(
      ({ source, fromMs, toMs }) =>
        [source, ...[fromMs, toMs].map((ms) => new Date(ms).toISOString().slice(5, 19))].join(' '),
    );
  const middle = [
    'clicks_by_hour 10-29T00:00:00 10-30T00:00:00',
    'clicks_by_day 10-30T00:00:00 11-01T00:00:00',
    'clicks_by_hour 11-01T00:00:00 11-02T00:00:00',
    'clicks_by_day 11-02T00:00:00 11-03T00:00:00',
  ];
  const end = [
    'clicks_by_minute 11-03T00:00:00 11-03T00:01:00',
    'click_events 11-03T00:01:00 11-03T00:01:30',
  ];
  expect(pieces('total', 'all')).toEqual([...middle, ...end]);
  expect(pieces('day', 'hours')).toEqual([...middle, 'click_events 11-03T00:00:00 11-03T00:01:30']);
  expect(pieces('hour', 'all')).toEqual(['clicks_by_hour 10-29T00:00:00 11-03T00:00:00', ...end]);
  expect(pieces('total', 'all', new Set())).toEqual(['clicks_by_hour 10-29T00:00:00 11-03T00:00:00', ...end]);
  expect(pieces('total', 'raw')).toEqual(['click_events 10-29T00:00:00 11-03T00:01:30']);
});

it.each([
  ['to half an hour more', '2026-10-03T12:00:00Z', '2026-10-04T12:00:10Z'],
  ['to half an hour less', '2026-04-04T12:00:00Z', '2026-04-05T03:10:00Z'],
  ['no change', '2026-07-01T00:10:00Z', '2026-07-03T00:10:00Z'],
])('the hours to be filled in are those that clicks fall into, when clocks change: %s', (_name, from, to) => {
  const zone = 'Australia/Lord_Howe';
  const [fromMs, toMs] = [Date.parse(from), Date.parse(to)];
  const touched = new Set<number>();
  for (let t = fromMs; t < toMs; t += 10_000) touched.add(bucketStart(t, 'hour', zone));
  expect(bucketStarts(fromMs, toMs, 'hour', zone)).toEqual([...touched].sort((a, b) => a - b));
});

it('whole years of a zone with half-hour summer time are put together from minutes, whatever day they begin', () => {
  for (const [from, to] of [
    ['2014-01-01', '2026-01-01'],
    ['2014-07-01', '2026-07-01'],
  ] as const)
    for (const granularity of ['hour', 'day'] as const) {
      const pieces = splitRange(at(from), at(to), granularity, 'Australia/Lord_Howe');
      expect(pieces.map(({ source }) => source)).toEqual(['clicks_by_minute']);
    }
});
