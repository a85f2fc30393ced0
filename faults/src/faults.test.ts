import { expect, it } from 'vitest';
import { run } from './run.js';

/** One seed, always the same: a failure that another seed finds gets a regression test of its own. */
const SEED = 20_251_125;

// Some seconds of faults each; the long run is `npm run test:faults -- --long`.
it.each(['embedded', 'servers'] as const)(
  '%s: whatever is killed, stopped, cut or full, every acknowledged click is counted once, everywhere',
  async (topology) => {
    const said: string[] = [];
    const report = await run({
      topology,
      seed: SEED,
      seconds: 20,
      operationsPerSecond: 30,
      againMsMax: 10_000,
      say: (line) => said.push(line),
    });
    expect(report.findings, said.join('\n')).toEqual([]);
    expect(report.clicks.acknowledged).toBeGreaterThan(200);
    expect(report.faults.reduce((sum, { count }) => sum + count, 0)).toBeGreaterThan(5);
  },
);
