import { type Bench, task, tell } from '../bench.js';
import { audit } from '../prefill.js';
import { table } from '../report/table.js';
import { runStage } from '../stage.js';
import { startClickLedger } from '../systems/clickledger.js';

const SIZE = 1_000;
/** Batches offered a second. */
const RATES = [5, 10, 20, 50, 100];
const CONNECTIONS = 16;

/** The batch route at rising rates; then everything acknowledged is counted in both stores. */
export async function measureBatches(bench: Bench): Promise<void> {
  const system = await startClickLedger({ redis: false });
  try {
    const rows: string[][] = [];
    let acknowledged = 0;
    for (const rate of RATES) {
      const plan = task(bench, rate, { connections: CONNECTIONS, batchSize: SIZE, warmupSeconds: 2 });
      const result = await runStage(system, `batches of ${SIZE}`, plan);
      tell(result);
      const { load, cores } = result;
      acknowledged += (load.statuses[202] ?? 0) * SIZE;
      rows.push([
        (rate * SIZE).toLocaleString('en'),
        Math.round(load.acceptedPerSecond * SIZE).toLocaleString('en'),
        ...[load.p50.toFixed(0), load.p99.toFixed(0), String(load.statuses[503] ?? 0)],
        ...[cores.server, cores.postgres, cores.clickhouse, cores.load].map((share) =>
          (share ?? 0).toFixed(2),
        ),
      ]);
    }
    const counted = await audit(system.url, system.dataDir, acknowledged);
    bench.keep({ rows, counted });
    const count = (value: number) => value.toLocaleString('en');
    bench.section(
      'The batch route',
      `Batches of ${SIZE.toLocaleString('en')}, each click with an id of its own.\n\n${table(
        [
          ...['clicks offered/s', 'clicks accepted/s', 'p50 ms', 'p99 ms', '503'],
          ...['cores: server', 'PostgreSQL', 'ClickHouse', 'load'],
        ],
        rows,
      )}\n\nAcknowledged ${count(counted.acknowledged)}; in the ledger ${count(counted.ledger)}, distinct ids ${count(counted.distinctIds)}; in analytics ${count(counted.analytics)}.`,
    );
  } finally {
    await system.stop();
  }
}
