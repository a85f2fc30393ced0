import { expect, test } from 'vitest';
import { FairQueue, TooManyTries } from './fair-queue.js';

/** Works that end when they are told to, and the order in which they began. */
function works() {
  const began: string[] = [];
  const ends: (() => void)[] = [];
  const work = (name: string) => () => {
    began.push(name);
    return new Promise<string>((resolve) => ends.push(() => resolve(name)));
  };
  const endOne = async () => {
    ends.shift()?.();
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { began, work, endOne };
}

test('a source that floods waits for itself: others come after at most one of its works', async () => {
  const queue = new FairQueue();
  const { began, work, endOne } = works();
  const flood = Array.from({ length: 5 }, (_, i) => queue.run('a', work(`a${i}`)));
  await expect(queue.run('a', work('one too many'))).rejects.toThrow(TooManyTries);
  const others = [queue.run('b', work('b')), queue.run('c', work('c'))];
  for (let i = 0; i < 7; i++) await endOne();
  expect(began).toEqual(['a0', 'a1', 'b', 'c', 'a2', 'a3', 'a4']);
  expect(await Promise.all([...flood, ...others])).toHaveLength(7);
  const again = queue.run('a', work('later'));
  await endOne();
  expect(await again).toBe('later');
});

test('a work that fails hands its turn on', async () => {
  const queue = new FairQueue();
  const failing = queue.run('a', () => Promise.reject(new Error('no')));
  const next = queue.run('b', () => Promise.resolve('done'));
  await expect(failing).rejects.toThrow('no');
  expect(await next).toBe('done');
});

test('a thousand sources may wait, and no more', async () => {
  const queue = new FairQueue();
  const { work, endOne } = works();
  const running = queue.run('first', work('first'));
  const waiting = Array.from({ length: 1_000 }, (_, i) => queue.run(`s${i}`, () => Promise.resolve(i)));
  await expect(queue.run('one more', () => Promise.resolve())).rejects.toThrow(TooManyTries);
  await endOne();
  expect(await Promise.all([running, ...waiting])).toHaveLength(1_001);
});
