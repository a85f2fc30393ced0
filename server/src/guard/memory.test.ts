import { expect, it } from 'vitest';
import { describeGuard } from './guard.contract.js';
import { MARK_TTL_MS } from './guard.js';
import { MemoryGuard } from './memory.js';
import { MemoryMarks } from './memory-marks.js';
import { keyOf } from './records.js';

describeGuard('in process', async () => {
  const guard = new MemoryGuard({ node: 'a' });
  return { guard, stop: () => guard.close() };
});

it('forgets a mark after five minutes', async () => {
  const guard = new MemoryGuard({ node: 'a' });
  const request = { tenantId: 1, idempotency: { key: 'k', bodyHash: 'h' }, clicks: [] };
  await guard.look([request], 0);
  expect((await guard.look([request], MARK_TTL_MS - 1))[0]?.key).not.toBeNull();
  expect((await guard.look([request], MARK_TTL_MS))[0]?.key).toBeNull();
});

it('keeps a mark its whole time when an older one of the same key is gone', async () => {
  const guard = new MemoryGuard({ node: 'a' });
  const request = (key: string) => ({ tenantId: 1, idempotency: { key, bodyHash: 'h' }, clicks: [] });
  const [expired, released] = [request('expired'), request('released')];
  await guard.look([expired, released], 0);
  await guard.release([released]);
  // The last second in which the span of the first marks is still kept.
  const againMs = MARK_TTL_MS + 119_000;
  expect((await guard.look([expired, released], againMs)).map(({ key }) => key)).toEqual([null, null]);
  for (const laterMs of [againMs + 2_000, againMs + MARK_TTL_MS - 1]) {
    await guard.look([request(`other ${laterMs}`)], laterMs); // a new mark is what drops old spans
    expect((await guard.look([expired, released], laterMs)).map(({ key }) => key?.setAtMs)).toEqual([
      againMs,
      againMs,
    ]);
  }
});

it('keeps replies up to so many bytes; beyond them only the key', () => {
  const marks = new MemoryMarks(2 * 1_024 * 1_024);
  const reply = 'r'.repeat(100_000);
  const replyOf = (i: number) => marks.get(keyOf(`key ${i}`), 0)?.reply;
  for (let i = 0; i < 100; i++) marks.commit(keyOf(`key ${i}`), { flag: false, bodyHash: 'h', reply }, 0);
  expect(marks.repliesBytes).toBe(2 * 1_024 * 1_024);
  expect([replyOf(0), replyOf(99)]).toEqual([reply, null]);
  expect(marks.get(keyOf('key 99'), 0)).toMatchObject({ isCommitted: true, bodyHash: 'h' });
  // When the span is over there is room again.
  const laterMs = 2 * MARK_TTL_MS;
  marks.commit(keyOf('later'), { flag: false, bodyHash: 'h', reply }, laterMs);
  expect(marks.get(keyOf('later'), laterMs)?.reply).toBe(reply);
});

it('gives the memory of a large span back', () => {
  const marks = new MemoryMarks();
  const mebibyte = 1_024 * 1_024;
  const commit = (key: string, minute: number, reply: string) =>
    marks.commit(keyOf(key), { flag: false, bodyHash: 'h', reply }, minute * 60_000);
  for (let i = 0; i < 200; i++) commit(`large ${i}`, 0, 'r'.repeat(100_000));
  expect(marks.repliesBytes).toBeGreaterThanOrEqual(20 * mebibyte);
  for (let minute = 1; minute < 40; minute++) commit(`small ${minute}`, minute, 'r');
  expect(marks.repliesBytes).toBeLessThan(10 * mebibyte);
});

it('gives every reply back as it was while spans come and go', () => {
  const marks = new MemoryMarks();
  const minute = 60_000;
  const replyOf = (at: number, i: number) => `${at} ${i} é `.repeat(i);
  for (let at = 0; at < 30; at++) {
    for (let i = 0; i < 100; i++) {
      const fields = { flag: false, bodyHash: `${at} ÿ ${i}`, reply: replyOf(at, i) };
      marks.commit(keyOf(`${at} ${i}`), fields, at * minute);
    }
    for (const before of [0, 1, 4]) {
      if (at < before) continue;
      const found = marks.get(keyOf(`${at - before} 77`), at * minute);
      expect(found).toMatchObject({ bodyHash: `${at - before} ÿ 77`, reply: replyOf(at - before, 77) });
    }
    expect(marks.get(keyOf(`${at - 5} 77`), at * minute)).toBeNull();
  }
});
