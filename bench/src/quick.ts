// A short look while working on the hot path: node bench/dist/quick.js '{"rates":[5000,10000],"redis":false,"seconds":8}'
import { runStage } from './stage.js';
import { startBaseline } from './systems/baseline.js';
import { startClickLedger } from './systems/clickledger.js';

const options = {
  rates: [10_000],
  redis: false,
  baseline: false,
  seconds: 8,
  mix: 'key' as 'key' | 'none',
  connections: 256,
  env: {} as Record<string, string>,
  ...(JSON.parse(process.argv[2] ?? '{}') as object),
};
const system = options.baseline
  ? await startBaseline()
  : await startClickLedger({ redis: options.redis, env: options.env });
try {
  for (const rate of options.rates) {
    const result = await runStage(system, 'quick', {
      rate,
      seconds: options.seconds,
      warmupSeconds: 3,
      connections: options.connections,
      mix: options.mix,
    });
    const { load, cores } = result;
    console.log(
      `${system.name} ${rate}/s: p50 ${load.p50.toFixed(2)} p90 ${load.p90.toFixed(2)} p99 ${load.p99.toFixed(2)} p999 ${load.p999.toFixed(1)} max ${load.max.toFixed(0)} accepted/s ${load.acceptedPerSecond.toFixed(0)} statuses ${JSON.stringify(load.statuses)} unsent ${load.unsent}`,
    );
    console.log(
      `   cores ${Object.entries(cores)
        .map(([part, share]) => `${part} ${share.toFixed(2)}`)
        .join(
          ', ',
        )}   memory ${JSON.stringify(result.memoryMb)} faults/s ${JSON.stringify(result.pageFaults)}`,
    );
    if (!options.baseline) {
      const metrics = await (await fetch(`http://127.0.0.1:${system.port}/metrics`)).text();
      const value = (name: string) =>
        Number(new RegExp(`^clickledger_${name} (.+)$`, 'm').exec(metrics)?.[1] ?? 0);
      const mean = (name: string) => value(`${name}_sum`) / value(`${name}_count`);
      console.log(
        `   batches ${value('batch_clicks_count')}, mean ${mean('batch_clicks').toFixed(1)} clicks, commit ${(1e3 * mean('commit_seconds')).toFixed(2)} ms, guard ${(1e3 * mean('guard_seconds')).toFixed(2)} ms`,
      );
    }
  }
} finally {
  await system.stop();
}
