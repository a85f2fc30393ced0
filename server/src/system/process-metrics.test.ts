import { Registry } from 'prom-client';
import { expect, it } from 'vitest';
import { measureWhenAsked } from './process-metrics.js';

it('the process is measured from the first time that somebody asks, and the first answer has every figure', async () => {
  const registry = new Registry();
  const metrics = measureWhenAsked(registry);
  expect(await registry.metrics()).not.toContain('eventloop');
  const answers = await Promise.all([metrics(), metrics()]);
  for (const text of [...answers, await metrics()]) {
    const [, lag] = /^clickledger_nodejs_eventloop_lag_p99_seconds (.+)$/m.exec(text) ?? [];
    expect(Number(lag)).toBeGreaterThan(0);
    expect(Number(lag)).toBeLessThan(60);
    expect(text).toContain('clickledger_process_resident_memory_bytes');
  }
});
