import { expect, it } from 'vitest';
import { Turns } from './turns.js';

/** Work that runs until it is ended, and says when it began. */
function makeWork() {
  const begun: string[] = [];
  const ends = new Map<string, { resolve: (value: string) => void; reject: (error: Error) => void }>();
  const work = (name: string) => () => {
    begun.push(name);
    return new Promise<string>((resolve, reject) => ends.set(name, { resolve, reject }));
  };
  return { begun, ends, work };
}
const turn = () => new Promise((resolve) => setImmediate(resolve));

it('an owner that asks for more than may run at once waits behind its own, in order, and nobody else does', async () => {
  const { begun, ends, work } = makeWork();
  const turns = new Turns<string>(2);
  const done = ['a1', 'a2', 'a3', 'a4'].map((name) => turns.during('a', work(name)));
  const other = turns.during('b', work('b1'));
  await turn();
  expect(begun).toEqual(['a1', 'a2', 'b1']);
  ends.get('b1')?.resolve('b');
  expect(await other).toBe('b');
  ends.get('a2')?.resolve('2');
  await turn();
  expect(begun).toEqual(['a1', 'a2', 'b1', 'a3']);
  ends.get('a1')?.reject(new Error('away'));
  await expect(done[0]).rejects.toThrow('away');
  await turn();
  expect(begun.at(-1)).toBe('a4');
  for (const name of ['a3', 'a4']) ends.get(name)?.resolve(name);
  expect(await Promise.all(done.slice(1))).toEqual(['2', 'a3', 'a4']);
  // Nothing is left behind: as many run at once as before.
  void turns.during('a', work('a5'));
  void turns.during('a', work('a6'));
  void turns.during('a', work('a7'));
  await turn();
  expect(begun.slice(-2)).toEqual(['a5', 'a6']);
});

it('a turn that is taken ends once, however often it is ended, and wakes who waits', async () => {
  const turns = new Turns<string>(1);
  const end = await turns.take('a');
  const order: string[] = [];
  const second = turns.take('a').then((endSecond) => {
    order.push('second');
    return endSecond;
  });
  const third = turns.take('a').then(() => order.push('third'));
  await turns.take('b');
  expect(order).toEqual([]);
  end();
  end();
  await turn();
  expect(order).toEqual(['second']);
  (await second)();
  await third;
  expect(order).toEqual(['second', 'third']);
});
