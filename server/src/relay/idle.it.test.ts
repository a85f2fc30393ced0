import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { readBacklog } from '../ledger/chunks.js';
import { Wake } from '../lib/wake.js';
import { statementsLike } from '../testing/statements.js';
import { aClick, startTestSystem, type TestSystem } from '../testing/system.js';
import { until } from '../testing/wait.js';
import { IDLE_INTERVAL_MS } from './relay.js';

const NEVER_MS = 1_000_000_000;

let system: TestSystem;
beforeAll(async () => {
  system = await startTestSystem();
  await system.post('/api/v1/clicks', aClick());
  await system.caughtUp();
});
afterEach(() => vi.restoreAllMocks());
afterAll(() => system?.close());

/** Takes the clock away from the relay: while nothing is committed, it waits until it is woken. Returns how often it has begun to wait since, and who wakes it. */
async function onlyWoken(): Promise<{ waits: () => number; wake: Wake }> {
  const { wait } = Wake.prototype;
  let waits = 0;
  let wake: Wake | null = null;
  vi.spyOn(Wake.prototype, 'wait').mockImplementation(function (this: Wake, ms, signal) {
    if (ms !== IDLE_INTERVAL_MS) return wait.call(this, ms, signal);
    waits++;
    wake = this;
    return wait.call(this, NEVER_MS, signal);
  });
  await until(
    () => waits,
    (count) => count > 0,
  );
  return { waits: () => waits, wake: wake as unknown as Wake };
}

it('a click after a long silence reaches analytics without waiting for the clock', async () => {
  await onlyWoken();
  for (let i = 0; i < 3; i++) {
    await system.post('/api/v1/clicks', aClick());
    // Nobody hurries the relay.
    await until(
      () => readBacklog(system.pool),
      ({ rows }) => rows === 0,
    );
  }
});

it('while nothing is committed, a look costs the ledger one question', async () => {
  const { waits, wake } = await onlyWoken();
  const looks = statementsLike(/FROM batches WHERE chunk_id IS NULL/);
  const others = statementsLike(
    /^SELECT 1|stamp_chunk|^SELECT chunk_id FROM chunks WHERE delivered_at IS NULL/,
  );
  const before = { waits: waits(), looks: looks.count(), others: others.count() };
  for (let i = 1; i <= 5; i++) {
    wake.notify();
    await until(waits, (count) => count === before.waits + i);
  }
  expect(looks.count() - before.looks).toBe(5);
  expect(others.count()).toBe(before.others);
});
