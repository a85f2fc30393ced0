import { type Bench, task, tell } from '../bench.js';
import { prefillKeys } from '../prefill.js';
import { table } from '../report/table.js';
import { runStage } from '../stage.js';
import { startClickLedger } from '../systems/clickledger.js';

/** Whether layer 3 slows down as it grows: an empty ledger, then one with millions of random ids. */
export async function measureFullLedger(bench: Bench): Promise<void> {
  const { prefill, saturation } = bench.options;
  const rows: string[][] = [];
  for (const count of [0, prefill]) {
    const system = await startClickLedger({ redis: false });
    try {
      if (count > 0) await prefillKeys(system.dataDir, count);
      await runStage(system, 'warm-up', task(bench, 2_000));
      for (const rate of [2_000, saturation]) {
        const result = await runStage(system, `${count} ids in the ledger`, task(bench, rate));
        tell(result);
        const { p50, p99, acceptedPerSecond } = result.load;
        rows.push([
          count.toLocaleString('en'),
          rate.toLocaleString('en'),
          ...[acceptedPerSecond.toFixed(0), p50.toFixed(1), p99.toFixed(1)],
          (result.cpuPerMillion.postgres ?? 0).toFixed(0),
        ]);
      }
    } finally {
      await system.stop();
    }
  }
  bench.keep(rows);
  bench.section(
    'With a full ledger',
    table(
      ['ids already there', 'offered/s', 'accepted/s', 'p50 ms', 'p99 ms', 'PostgreSQL CPU s/million'],
      rows,
    ),
  );
}
