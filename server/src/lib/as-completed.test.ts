import { expect, it } from 'vitest';
import { asCompleted } from './as-completed.js';

/** Tasks that end when they are told to. */
function someTasks(count: number) {
  const begun: number[] = [];
  const ends: ((value: number) => void)[] = [];
  const tasks = Array.from({ length: count }, (_, i) => () => {
    begun.push(i);
    return new Promise<number>((resolve) => {
      ends[i] = resolve;
    });
  });
  return { tasks, begun, end: (i: number) => ends[i]?.(i) };
}

it('what ends first comes first, and no more run at once than may', async () => {
  const { tasks, begun, end } = someTasks(4);
  const values = asCompleted(tasks, 2);
  const first = values.next();
  expect(begun).toEqual([0, 1]);
  end(1);
  expect((await first).value).toBe(1);
  const second = values.next();
  expect(begun).toEqual([0, 1, 2]);
  end(2);
  expect((await second).value).toBe(2);
  const rest = [values.next(), values.next(), values.next()];
  end(0);
  expect((await rest[0])?.value).toBe(0);
  end(3);
  expect((await rest[1])?.value).toBe(3);
  expect((await rest[2])?.done).toBe(true);
  expect(begun).toEqual([0, 1, 2, 3]);
});

it('nothing more begins for somebody who takes nothing, or has left', async () => {
  const { tasks, begun, end } = someTasks(5);
  const values = asCompleted(tasks, 2);
  const first = values.next();
  for (const i of [0, 1]) end(i);
  await first;
  await new Promise((resolve) => setImmediate(resolve));
  expect(begun).toEqual([0, 1]);
  await values.return(undefined);
  expect(begun).toEqual([0, 1]);
  expect((await values.next()).done).toBe(true);
});

it('of no task comes nothing', async () => {
  expect(await asCompleted([], 3).next()).toEqual({ done: true, value: undefined });
});
