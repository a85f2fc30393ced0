import { type Bench, task, tell } from '../bench.js';
import { table } from '../report/table.js';
import { runStage } from '../stage.js';
import { startClickLedger } from '../systems/clickledger.js';
import { Watchers } from '../watchers.js';

const RATE = 1_000;
const VIEWERS = [0, 1, 100, 1_000];

/** What open dashboards cost the server while clicks come in: they share one query a view, so 1,000 should cost little more than one. */
export async function measureViewers(bench: Bench): Promise<void> {
  const system = await startClickLedger({ redis: false });
  const rows: string[][] = [];
  try {
    await runStage(system, 'warm-up', task(bench, RATE));
    for (const count of VIEWERS) {
      const watchers = new Watchers();
      await watchers.open(system.url, count);
      const { events, bytes } = watchers;
      const seconds = bench.options.seconds * 2;
      const result = await runStage(
        system,
        `${count} viewers`,
        task(bench, RATE, { seconds, warmupSeconds: 0 }),
      );
      tell(result);
      const { cores, load, memoryMb } = result;
      rows.push([
        count.toLocaleString('en'),
        ...[cores.server, cores.clickhouse].map((share) => (share ?? 0).toFixed(2)),
        ...[load.p50.toFixed(1), load.p99.toFixed(1), String(memoryMb.server ?? 0)],
        ((watchers.events - events) / seconds).toFixed(0),
        ((watchers.bytes - bytes) / seconds / 1e6).toFixed(2),
        String(watchers.ended),
      ]);
      watchers.close();
    }
  } finally {
    await system.stop();
  }
  bench.keep(rows);
  bench.section(
    `Open dashboards, while ${RATE.toLocaleString('en')} clicks/s come in`,
    table(
      [
        ...['viewers, 4 views each', 'cores: server', 'ClickHouse', 'click p50 ms', 'click p99 ms'],
        ...['server MB', 'events/s', 'MB/s', 'streams cut'],
      ],
      rows,
    ),
  );
}
