import fc from 'fast-check';
import { expect, it } from 'vitest';
import { allSlices, SLICE_CLICKS, sliceOfTurn, turnsForAll } from './slices.js';

const settings = fc.record({
  clicks: fc.integer({ min: 0, max: 2_000_000_000 }),
  windowMinutes: fc.integer({ min: 1, max: 1_440 }),
  canSlice: fc.boolean(),
  offset: fc.integer({ min: 0, max: 5 }),
  turn: fc.integer({ min: 0, max: 100_000 }),
});

it('whenever one begins, the turns of half a window look at every subject, and so do as many as are needed for all', () => {
  fc.assert(
    fc.property(settings, ({ turn, clicks, ...options }) => {
      const seen = new Set<number>();
      let count = 0;
      for (let i = 0; i < Math.max(1, Math.floor(options.windowMinutes / 2)); i++) {
        const slice = sliceOfTurn(turn + i, clicks, options);
        if (!slice) continue;
        seen.add(slice.index);
        count = slice.count;
      }
      expect(seen.size).toBe(count);
      const early = new Set<number>();
      for (let i = 0; i < turnsForAll(clicks, options); i++)
        early.add(sliceOfTurn(turn + i, clicks, options)?.index ?? -1);
      early.delete(-1);
      expect(early.size).toBe(count);
      expect(count).toBeGreaterThan(0);
      if (!options.canSlice) expect(count).toBe(1);
    }),
  );
});

it('few clicks: every subject, every turn', () => {
  const options = { windowMinutes: 60, canSlice: true, offset: 0 };
  for (let turn = 0; turn < 10; turn++)
    expect(sliceOfTurn(turn, 1_000_000, options)).toEqual({ index: 0, count: 1 });
});

it.each([
  { clicksPerSecond: 1_000, readsMax: 1_000_000 },
  { clicksPerSecond: 5_000, readsMax: 4_000_000 },
  { clicksPerSecond: 10_000, readsMax: 12_000_000 },
])(
  'at $clicksPerSecond clicks a second an hour’s rule reads at most $readsMax clicks a minute',
  ({ clicksPerSecond, readsMax }) => {
    const clicks = clicksPerSecond * 3_600;
    const options = { windowMinutes: 60, canSlice: true, offset: 2 };
    const looks = Array.from({ length: 30 }, (_, turn) => sliceOfTurn(turn, clicks, options)).filter(Boolean);
    expect((looks.length * clicks) / 30).toBeLessThanOrEqual(readsMax);
    for (const slice of looks) expect(clicks / (slice?.count ?? 0)).toBeLessThanOrEqual(SLICE_CLICKS);
  },
);

it('a range that somebody asked for is looked at whole', () => {
  expect(allSlices(0)).toEqual([{ index: 0, count: 1 }]);
  expect(allSlices(SLICE_CLICKS)).toEqual([{ index: 0, count: 1 }]);
  expect(allSlices(SLICE_CLICKS + 1)).toEqual([
    { index: 0, count: 2 },
    { index: 1, count: 2 },
  ]);
  expect(allSlices(Number.MAX_SAFE_INTEGER)).toHaveLength(64);
});
