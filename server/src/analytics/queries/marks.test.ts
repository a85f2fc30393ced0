import { expect, it } from 'vitest';
import type { RollupMarks } from '../../click/rollups.js';
import { EVERY_CHUNK, KnownMarks, markSql } from './marks.js';

it('asks the ledger once for questions at the same moment, and again for one that met a newer fold', async () => {
  let asked = 0;
  const marks = new KnownMarks(async () => ({ minutes: ++asked, pairs: 0 }));
  expect((await Promise.all([marks.now(), marks.now()])).map(({ minutes }) => minutes)).toEqual([1, 1]);
  expect((await marks.now({ fresh: true })).minutes).toBe(2);
});

it('goes on with the last marks while the ledger is away; without any, it says that it is', async () => {
  let answer: () => Promise<RollupMarks | null> = () => Promise.reject(new Error('away'));
  const marks = new KnownMarks(() => answer());
  await expect(marks.now()).rejects.toThrow('away');
  answer = async () => ({ minutes: 7, pairs: 5 });
  expect(await marks.now()).toEqual({ minutes: 7, pairs: 5 });
  answer = () => Promise.reject(new Error('away'));
  expect(await marks.now({ fresh: true })).toEqual({ minutes: 7, pairs: 5 });
});

it('before the first fold of all, rollups are whole', async () => {
  expect(await new KnownMarks(async () => null).now()).toEqual(EVERY_CHUNK);
});

it('as SQL, a mark is one chunk, or one for each month that is known to be further', () => {
  const params = {};
  expect(markSql({ chunk: 9, months: new Map() }, 'm', 'mark', params)).toBe('{mark:UInt64}');
  expect(markSql({ chunk: 9, months: new Map([[202611, 12]]) }, 'm', 'mark', params)).toBe(
    'transform(m, {mark_months:Array(UInt32)}, {mark_chunks:Array(UInt64)}, {mark:UInt64})',
  );
  expect(params).toEqual({ mark: 9, mark_months: [202611], mark_chunks: [12] });
});
