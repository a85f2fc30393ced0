import type { HealthReply, LivenessReply, ReadinessReply } from '@clickledger/contract';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTestSystem, type TestSystem } from '../testing/system.js';
import { until } from '../testing/wait.js';

let system: TestSystem;
beforeAll(async () => {
  system = await startTestSystem();
});
afterAll(() => system?.close());

const ready = async () => {
  const response = await system.app.inject('/health/ready');
  return { status: response.statusCode, body: response.json<ReadinessReply>() };
};
const READY = { status: 200, body: { status: 'ready', waits_for: [] } };

/** Again and again: a store that is back within the second for which health is remembered is never seen to be away. */
const kill = (store: 'postgres' | 'clickhouse') => {
  const pid = system.pids[store]();
  if (pid) process.kill(pid, 'SIGKILL');
};

it('a server without its ledger lives, and is not ready until the ledger is back', async () => {
  expect(await ready()).toEqual(READY);
  const away = await until(
    () => {
      kill('postgres');
      return ready();
    },
    ({ status }) => status === 503,
  );
  expect(away.body).toEqual({ status: 'not_ready', waits_for: ['postgres'] });
  expect(await system.get<LivenessReply>('/health/live')).toEqual({ status: 'alive' });
  expect(await until(ready, ({ status }) => status === 200)).toEqual(READY);
});

it('a server without analytics is ready: it takes clicks', async () => {
  await until(
    () => {
      kill('clickhouse');
      return system.get<{ status: string }>('/health');
    },
    ({ status }) => status === 'degraded',
  );
  expect(await ready()).toEqual(READY);
});

it('an embedded store that ends again and again is started again each time, and health says so', async () => {
  const { crash_looping } = await until(
    () => {
      kill('clickhouse');
      return system.get<HealthReply>('/health');
    },
    (health) => health.crash_looping.length > 0,
  );
  expect(crash_looping).toContain('clickhouse');
  const back = await until(
    () => system.get<HealthReply>('/health'),
    ({ services }) => services.clickhouse === 'embedded',
  );
  // It answers, and is still not to be trusted.
  expect(back.status).toBe('degraded');
});
