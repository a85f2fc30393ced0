import { setImmediate as nextTurn } from 'node:timers/promises';
import { Registry } from 'prom-client';
import { expect, it, vi } from 'vitest';
import { until } from '../testing/wait.js';
import { Background } from './background.js';
import { silentLog } from './log.js';

const TASK = { name: 'a loop', failure: 'it failed; it goes on' };

function make() {
  const error = vi.fn();
  const registry = new Registry();
  const background = new Background({ log: { ...silentLog, error }, registry });
  const failures = async () => {
    const metric = registry.getSingleMetric('clickledger_background_failures_total');
    return (await metric?.get())?.values.map(({ labels, value }) => [labels.task, value]);
  };
  return { background, error, failures };
}

it('a loop goes on after a turn that threw; it is logged with its stack, and counted', async () => {
  const { background, error, failures } = make();
  let turns = 0;
  const loop = background.every(TASK, { everyMs: 1 }, () => {
    turns++;
    if (turns <= 2) throw new Error('boom');
  });
  await until(
    () => turns,
    (seen) => seen >= 4,
  );
  await loop.stop();
  expect(await failures()).toEqual([['a loop', 2]]);
  // The second within seconds is counted, not logged.
  expect(error.mock.calls).toEqual([
    [
      { task: 'a loop', error: 'boom', stack: expect.stringContaining('background.test.ts'), unlogged: 0 },
      TASK.failure,
    ],
  ]);
});

it('stop aborts the turn at hand, waits for it, and no other begins', async () => {
  const { background } = make();
  let turns = 0;
  let isEnded = false;
  background.every(TASK, { everyMs: 1, firstMs: 0 }, async (signal) => {
    turns++;
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
    await nextTurn();
    isEnded = true;
  });
  await until(() => turns, Boolean);
  await background.stop();
  expect({ turns, isEnded }).toEqual({ turns: 1, isEnded: true });
});

it('a promise that nobody awaits is owned: it never rejects, and stop waits for it', async () => {
  const { background, failures } = make();
  expect(await background.run(TASK, () => Promise.reject(new Error('late')))).toBe(false);
  expect(await background.run(TASK, () => 'done')).toBe(true);
  expect(await failures()).toEqual([['a loop', 1]]);
  let resolve = () => {};
  void background.run(TASK, () => new Promise<void>((done) => (resolve = done)));
  let isStopped = false;
  const stopped = background.stop().then(() => (isStopped = true));
  await nextTurn();
  expect(isStopped).toBe(false);
  resolve();
  await stopped;
});
