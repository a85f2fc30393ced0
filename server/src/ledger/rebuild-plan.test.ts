import { expect, it } from 'vitest';
import { runsOf } from './rebuild-plan.js';

const chunks = (count: number, clicks: number, split: readonly number[] = []) =>
  Array.from({ length: count }, (_, i) => ({
    chunk_id: i + 1,
    rows: clicks,
    clicks,
    is_split: split.includes(i + 1),
  }));
const clicksOf = (count: number, clicks: number) =>
  runsOf('clicks', chunks(count, clicks), count * clicks).map((run) => run.clicks);

it.each([
  ['few are one run', 40, 1_000, [40_000]],
  ['600,000 are twelve, so that a bar can move', 600, 1_000, Array(12).fill(50_000)],
  ['two millions are twenty', 2_000, 1_000, Array(20).fill(100_000)],
  ['of many no run is larger than an insert may be', 20_000, 1_000, Array(80).fill(250_000)],
  ['a chunk larger than a run is one', 2, 60_000, [60_000, 60_000]],
])('%s', (_, count, clicks, expected) => expect(clicksOf(count, clicks)).toEqual(expected));

it('every chunk is in one run, but for those that were split, which no run spans', () => {
  const runs = runsOf('clicks', chunks(9, 10_000, [1, 5]), 90_000);
  expect(runs).toEqual([
    { kind: 'clicks', first: 2, last: 4, rows: 30_000, clicks: 30_000 },
    { kind: 'clicks', first: 6, last: 9, rows: 40_000, clicks: 40_000 },
  ]);
});
