import { type Bench, task, tell } from '../bench.js';
import { watchFreshness } from '../freshness.js';
import { quantile } from '../load/open-loop.js';
import { table } from '../report/table.js';
import { runStage } from '../stage.js';
import { startClickLedger } from '../systems/clickledger.js';

const MINUTE_SECONDS = 60;
/** Clicks a request of the second soak. */
const BATCH_SIZE = 10;
const LAG_SECONDS_MAX = 5;

interface Stats {
  lag: { seconds: number };
  storage: { analytics_parts: number | null };
}

/** Minutes at a steady rate, one click a request: memory, the relay's lag each second, parts, and how fresh a click is in the answers. */
export const soak = (bench: Bench) => soakIn(bench, 1);
/** The same clicks a second in small batches: what the stores and the relay do with a rate that single requests do not reach here. */
export const soakBatches = (bench: Bench) => soakIn(bench, BATCH_SIZE);

async function soakIn(bench: Bench, batchSize: number): Promise<void> {
  const { soakMinutes: minutes, soakRate: rate } = bench.options;
  if (minutes === 0) return;
  const system = await startClickLedger({ redis: false });
  const freshness = watchFreshness(system.url);
  const lag: number[] = [];
  const rows: string[][] = [];
  const stats = async () => (await (await fetch(`${system.url}/api/v1/admin/stats`)).json()) as Stats;
  const watch = setInterval(() => {
    stats().then(
      (now) => lag.push(now.lag.seconds),
      () => undefined,
    );
  }, 1_000);
  try {
    for (let minute = 1; minute <= minutes; minute++) {
      const plan = task(bench, rate / batchSize, {
        seconds: MINUTE_SECONDS,
        warmupSeconds: 0,
        ...(batchSize > 1 ? { batchSize } : {}),
      });
      const result = await runStage(system, `soak, minute ${minute}`, plan);
      tell(result);
      const { load, memoryMb } = result;
      rows.push([
        String(minute),
        ...[(load.acceptedPerSecond * batchSize).toFixed(0), load.p50.toFixed(1), load.p99.toFixed(0)],
        Math.max(0, ...lag.slice(-MINUTE_SECONDS)).toFixed(1),
        ...[memoryMb.server, memoryMb.postgres, memoryMb.clickhouse].map((mb) => String(mb ?? 0)),
        String((await stats()).storage.analytics_parts ?? '–'),
      ]);
    }
    const ages = Float64Array.from(await freshness.stop());
    const late = lag.filter((seconds) => seconds > LAG_SECONDS_MAX).length;
    bench.keep({
      rate,
      batchSize,
      secondsOfLag: { looked: lag.length, late },
      rows,
      freshness: { p50: quantile(ages, 0.5), p99: quantile(ages, 0.99) },
    });
    bench.section(
      `Soak: ${minutes} minutes at ${rate.toLocaleString('en')}/s${batchSize > 1 ? ` in batches of ${batchSize}` : ''}`,
      `${table(
        [
          ...['minute', 'accepted/s', 'p50 ms', 'p99 ms', 'worst lag s'],
          ...['server MB', 'PostgreSQL MB', 'ClickHouse MB', 'parts'],
        ],
        rows,
      )}\n\nFrom the reply to the click being in the answer of \`/analytics/aggregate\`: p50 ${quantile(ages, 0.5).toFixed(0)} ms, p99 ${quantile(ages, 0.99).toFixed(0)} ms (${ages.length} probes). The relay's lag was looked at ${lag.length} times, one second apart; it was over ${LAG_SECONDS_MAX} s ${late} times.`,
    );
  } finally {
    clearInterval(watch);
    await system.stop();
  }
}
