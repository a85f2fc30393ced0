import { expect, it } from 'vitest';
import { Busy, Shares } from './shares.js';

it('an owner gets its share and no more, and leaves the rest to others', () => {
  const shares = new Shares<number>({ total: 3, each: 2 });
  const first = shares.take(1);
  expect(shares.hasRoom(1)).toBe(true);
  shares.take(1);
  expect(shares.hasRoom(1)).toBe(false);
  expect(shares.hasRoom(2)).toBe(true);
  expect(shares.hasRoom(2, 2)).toBe(false);
  shares.take(2);
  expect(shares.hasRoom(3)).toBe(false);
  first();
  first();
  expect(shares.taken).toBe(2);
  expect([shares.hasRoom(1), shares.hasRoom(3)]).toEqual([true, true]);
});

it('what is beyond it is refused at once, and work that fails gives its share back', async () => {
  const shares = new Shares<string>({ total: 2, each: 1 });
  const busy = { message: 'later', retryAfterSeconds: 5 };
  let end = () => {};
  const running = shares.during('a', busy, () => new Promise<void>((resolve) => (end = resolve)));
  await expect(shares.during('a', busy, async () => 1)).rejects.toThrow(Busy);
  expect(await shares.during('b', busy, async () => 1)).toBe(1);
  end();
  await running;
  await expect(shares.during('a', busy, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(shares.taken).toBe(0);
});
