import { describe, expect, it } from 'vitest';
import { compare, spreadOf } from './figures.js';

describe('spreadOf', () => {
  it('is the median with the lowest and the highest', () => {
    expect(spreadOf([3, 1, 2])).toEqual({ median: 2, low: 1, high: 3 });
  });

  it('takes the mean of the middle two of an even number', () => {
    expect(spreadOf([4, 1, 2, 3])).toEqual({ median: 2.5, low: 1, high: 4 });
  });

  it('leaves out what is not finite, and is null when nothing is left', () => {
    expect(spreadOf([Number.NaN, 5, Number.POSITIVE_INFINITY])).toEqual({ median: 5, low: 5, high: 5 });
    expect(spreadOf([Number.NaN])).toBeNull();
    expect(spreadOf([])).toBeNull();
  });
});

describe('compare', () => {
  const round = (before: number, after: number, floor: number) => ({
    before: { '5,000/s': { 'p99 ms': before } },
    after: { '5,000/s': { 'p99 ms': after } },
    floor: { '5,000/s': { 'p99 ms': floor } },
  });

  it('divides within a round: one that the machine disturbed changes the figures, and not the ratio', () => {
    const [one] = compare([round(10, 5, 2), round(100, 50, 20), round(12, 6, 2)]);
    expect(one).toEqual({
      case: '5,000/s',
      figure: 'p99 ms',
      before: 12,
      after: 6,
      floor: 2,
      toBefore: { median: 0.5, low: 0.5, high: 0.5 },
      toFloor: { median: 2.5, low: 2.5, high: 3 },
    });
  });

  it('goes without a round in which one of the two failed', () => {
    const { before: _, ...failed } = round(0, 7, 1);
    const [one] = compare([failed, round(10, 5, 1)]);
    expect(one?.toBefore).toEqual({ median: 0.5, low: 0.5, high: 0.5 });
    expect(one?.after).toBe(6);
  });

  it('has no ratio to nothing', () => {
    const [one] = compare([round(0, 5, 1)]);
    expect(one?.toBefore).toBeNull();
  });

  it('names a figure that only one build has', () => {
    const only = { after: { idle: { 'Redis %': 1 } } };
    expect(compare([only])).toMatchObject([
      { case: 'idle', figure: 'Redis %', before: Number.NaN, after: 1 },
    ]);
  });
});
