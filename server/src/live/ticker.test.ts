import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { aBackground } from '../testing/background.js';
import { until } from '../testing/wait.js';
import { Ticker } from './ticker.js';

const TASK = { name: 'ticks', failure: 'a tick failed' };

it('stopped between a poke and its run, it can be poked again', async () => {
  let runs = 0;
  const ticker = new Ticker(aBackground(), TASK, async () => void runs++);
  ticker.start();
  ticker.poke();
  ticker.stop();
  await nextTurn();
  expect(runs).toBe(0);
  ticker.start();
  ticker.poke();
  await nextTurn();
  await nextTurn();
  ticker.stop();
  expect(runs).toBe(1);
});

it('goes on after work that failed, and runs once more for what was poked meanwhile', async () => {
  let runs = 0;
  const ticker: Ticker = new Ticker(aBackground(), TASK, async () => {
    if (runs++ > 0) return;
    ticker.poke();
    throw new Error('boom');
  });
  ticker.start();
  ticker.poke();
  await until(
    () => runs,
    (seen) => seen === 2,
  );
  ticker.stop();
});
