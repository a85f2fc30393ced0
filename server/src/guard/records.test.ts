import { expect, it } from 'vitest';
import { ExpiringRecords, keyOf } from './records.js';
import { SlidingWindows } from './sliding-windows.js';

const make = (recordsMax = 1_000_000) =>
  new ExpiringRecords({
    recordWords: 2,
    spanMs: 100,
    spansKept: 2,
    recordsMax,
    makeExtra: () => ({ empty: () => undefined }),
  });
const put = (records: ReturnType<typeof make>, text: string, value: number, nowMs: number) => {
  if (!records.find(keyOf(text))) records.insert(nowMs);
  records.words.set([1, value], records.at);
};

it('finds every record among 200,000, and none that was not made', () => {
  const records = make();
  for (let i = 0; i < 200_000; i++) put(records, `key ${i}`, i, 0);
  for (let i = 0; i < 200_000; i++) {
    expect(records.find(keyOf(`key ${i}`))).toBe(true);
    if (records.words[records.at + 1] !== i) throw new Error(`record ${i} holds another's value`);
  }
  for (let i = 0; i < 10_000; i++) expect(records.find(keyOf(`other ${i}`))).toBe(false);
  expect(records.count).toBe(200_000);
});

it('drops records with their span, and the oldest span when there are too many', () => {
  const records = make(1_000);
  put(records, 'old', 1, 0);
  put(records, 'young', 2, 250);
  expect([records.find(keyOf('old')), records.find(keyOf('young'))]).toEqual([true, true]);
  put(records, 'now', 3, 300);
  expect([records.find(keyOf('old')), records.find(keyOf('young')), records.find(keyOf('now'))]).toEqual([
    false,
    true,
    true,
  ]);
  for (let i = 0; i < 2_000; i++) put(records, `many ${i}`, i, 310);
  put(records, 'next', 4, 400);
  expect([records.find(keyOf('young')), records.find(keyOf('many 7')), records.find(keyOf('next'))]).toEqual([
    false,
    false,
    true,
  ]);
});

it('a span that takes over the memory of a dropped one begins empty', () => {
  const records = make();
  for (let span = 0; span < 30; span++) {
    for (let i = 0; i < 2_000; i++) {
      expect(records.find(keyOf(`${span} ${i}`))).toBe(false);
      records.insert(span * 100);
      expect([records.words[records.at], records.words[records.at + 1]]).toEqual([0, 0]);
      records.words.set([1, span], records.at);
    }
    for (const before of [0, 1, 2]) expect(records.find(keyOf(`${span - before} 7`))).toBe(span >= before);
    for (const before of [3, 8, 16]) expect(records.find(keyOf(`${span - before} 7`))).toBe(false);
    expect(records.count).toBe(Math.min(span + 1, 3) * 2_000);
  }
});

it('keeps working when the clock steps back', () => {
  const records = make();
  put(records, 'a', 1, 1_000);
  put(records, 'b', 2, 100);
  expect([records.find(keyOf('a')), records.find(keyOf('b'))]).toEqual([true, true]);
});

it('windows count like a plain list does, in any order of arrival, with repeats and clicks taken back', () => {
  let state = 12_345;
  const random = (below: number) => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return state % below;
  };
  const velocity = { name: 'v', subject: 's', windowMs: 1_000, countMax: 50 };
  const windows = new SlidingWindows(60_000);
  const kept = new Map<string, { subject: string; at: number }>();
  for (let i = 0; i < 5_000; i++) {
    const subject = `s${random(20)}`;
    const id = `${subject} id ${random(400)}`;
    const at = kept.get(id)?.at ?? 50_000 + random(20_000);
    if (random(10) === 0) {
      windows.remove(keyOf(subject), keyOf(id), at, velocity);
      kept.delete(id);
      continue;
    }
    kept.set(id, { subject, at });
    const expected = [...kept.values()].filter(
      (one) => one.subject === subject && one.at > at - 1_000 && one.at <= at,
    ).length;
    expect(windows.add(keyOf(subject), keyOf(id), at, velocity, 60_000)).toBe(expected);
  }
});

it('windows go on counting like a plain list while spans come and go', () => {
  const velocity = { name: 'v', subject: 's', windowMs: 1_000, countMax: 50 };
  const windows = new SlidingWindows(1_000);
  const times = new Map<string, number[]>();
  for (let i = 0; i < 20_000; i++) {
    const atMs = i * 2;
    const subject = `s${(i * 7) % 23}`;
    const sent = [...(times.get(subject) ?? []).filter((time) => time > atMs - 1_000), atMs];
    times.set(subject, sent);
    expect(windows.add(keyOf(subject), keyOf(`id ${i}`), atMs, velocity, atMs)).toBe(sent.length);
  }
});

it('keeps no more records than told within one span either: the elder half goes', () => {
  const records = make(20_000);
  for (let i = 0; i < 100_000; i++) {
    put(records, `key ${i}`, i, 10);
    expect(records.count).toBeLessThanOrEqual(30_000); // a table grows before it is looked at
  }
  for (let i = 95_000; i < 100_000; i++) expect(records.find(keyOf(`key ${i}`))).toBe(true);
  expect(records.find(keyOf('key 0'))).toBe(false);
});
