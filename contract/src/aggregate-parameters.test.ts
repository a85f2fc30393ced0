import { expect, it } from 'vitest';
import { AggregateParameters, aggregateQueryAt } from './analytics.js';

const errorsOf = (given: Record<string, string>) => {
  const { error } = AggregateParameters.safeParse(given);
  return Object.fromEntries((error?.issues ?? []).map(({ path, message }) => [path.join('.'), message]));
};
const RANGE = { start_time: '2026-11-01T00:00:00Z', end_time: '2026-11-02T00:00:00Z' };
const NOW = Date.parse('2026-11-24T20:31:25Z');

it('a question needs a range, and what is missing is named beside what is wrong', () => {
  expect(errorsOf({ granularity: 'week' })).toEqual({
    start_time: 'Required',
    end_time: 'Required',
    granularity: 'Expected minute, hour, day or total',
  });
  expect(errorsOf({ start_time: RANGE.start_time })).toEqual({ end_time: 'Required' });
  expect(errorsOf({ range: 'today' })).toEqual({});
});

it('a range either moves or stands still', () => {
  expect(errorsOf({ ...RANGE, range: 'today' })).toEqual({ range: 'Not with start_time and end_time' });
  expect(errorsOf({ ...RANGE, align: 'hour' })).toEqual({ align: 'Only with range' });
  expect(errorsOf({ ...RANGE, compare: 'previous_period' })).toEqual({});
});

it('a total that is aligned to a series is of the same range', () => {
  const spanOf = (given: Record<string, string>) => {
    const { start_time, end_time } = aggregateQueryAt(AggregateParameters.parse(given), NOW);
    return [start_time, end_time];
  };
  const series = spanOf({ range: 'last_24h', granularity: 'hour' });
  expect(series).toEqual(['2026-11-23T21:00:00.000Z', '2026-11-24T21:00:00.000Z']);
  expect(spanOf({ range: 'last_24h', granularity: 'total', align: 'hour' })).toEqual(series);
  expect(spanOf({ range: 'last_24h', granularity: 'total' })[1]).toBe('2026-11-24T20:32:00.000Z');
});

it('a range that moves is held to the limits of one that stands still', () => {
  const parameters = AggregateParameters.parse({ range: 'last_9999d', granularity: 'minute' });
  expect(() => aggregateQueryAt(parameters, NOW)).toThrow(/More than .* buckets/);
});
