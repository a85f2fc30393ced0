import { expect, it } from 'vitest';
import { ownTurn } from './own-turn.js';

it('pieces of work that are asked for at once have a turn of the event loop each, in order', async () => {
  let turns = 0;
  let isOver = false;
  const count = () => {
    turns++;
    if (!isOver) setImmediate(count);
  };
  setImmediate(count);
  const seen: [piece: number, turn: number][] = [];
  await Promise.all(
    Array.from({ length: 20 }, (_, piece) => ownTurn().then(() => seen.push([piece, turns]))),
  );
  isOver = true;
  expect(seen.map(([piece]) => piece)).toEqual(Array.from({ length: 20 }, (_, piece) => piece));
  expect(new Set(seen.map(([, turn]) => turn)).size).toBe(20);
});

it('what was begun is ended before another begins', async () => {
  const order: string[] = [];
  const work = async (name: string) => {
    await ownTurn();
    for (let i = 0; i < 3; i++) {
      order.push(name);
      await ownTurn(true);
    }
  };
  await Promise.all(['a', 'b', 'c'].map(work));
  expect(order.join('')).toBe('aaabbbccc');
});
