import { expect, it } from 'vitest';
import { Wake } from './wake.js';

const NEVER_MS = 1_000_000;
const { signal } = new AbortController();

it('who waits is woken by work, not by the clock', async () => {
  const wake = new Wake();
  const waiting = wake.wait(NEVER_MS, signal);
  wake.notify();
  await waiting;
});

it('work that came while nobody waited ends the next wait at once, and no other', async () => {
  const wake = new Wake();
  wake.notify();
  wake.notify();
  await wake.wait(NEVER_MS, signal);
  let isOver = false;
  const second = wake.wait(NEVER_MS, signal).then(() => {
    isOver = true;
  });
  await new Promise(setImmediate);
  expect(isOver).toBe(false);
  wake.notify();
  await second;
});

it('a wait ends with its time, and with its signal', async () => {
  const wake = new Wake();
  await wake.wait(1, signal);
  const stop = new AbortController();
  const waiting = wake.wait(NEVER_MS, stop.signal);
  stop.abort();
  await waiting;
  await wake.wait(NEVER_MS, stop.signal);
});
