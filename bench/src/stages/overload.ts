import { type Bench, task, tell } from '../bench.js';
import { median, table } from '../report/table.js';
import { runStage, type StageResult } from '../stage.js';
import { startClickLedger } from '../systems/clickledger.js';

const FACTORS = [1.25, 1.5, 2];
/** So many that a full queue, and not a free connection, is what a request waits for. */
const CONNECTIONS = 1_500;
/** When the latency stage did not run. */
const SATURATION_GUESS = 6_000;

/** Past saturation: what is taken is answered in bounded time, the rest is refused at once, nothing is lost. */
export async function measureOverload(bench: Bench): Promise<void> {
  const found = bench.latency.find(({ stage, system }) => stage === 'saturation' && system === 'ClickLedger');
  const saturation = found
    ? median(found.rounds.map((round) => round.load.acceptedPerSecond))
    : SATURATION_GUESS;
  const system = await startClickLedger({ redis: false });
  const results: StageResult[] = [];
  try {
    await runStage(system, 'warm-up', task(bench, 2_000));
    for (const factor of FACTORS) {
      const rate = Math.round((factor * saturation) / 500) * 500;
      const result = await runStage(
        system,
        `${factor} x saturation`,
        task(bench, rate, { connections: CONNECTIONS }),
      );
      tell(result);
      results.push(result);
    }
  } finally {
    await system.stop();
  }
  bench.keep(results);
  const rows = results.map(({ rate, load, memoryMb }) => [
    rate.toLocaleString('en'),
    Math.round(load.acceptedPerSecond).toLocaleString('en'),
    ...[load.p50, load.p99, load.fromSendP99, load.refusedFromSendP99].map((ms) =>
      Number.isFinite(ms) ? ms.toFixed(0) : '–',
    ),
    (load.statuses[503] ?? 0).toLocaleString('en'),
    String(load.statuses[0] ?? 0),
    String(load.unsent),
    String(memoryMb.server ?? 0),
  ]);
  bench.section(
    'Past saturation',
    `Latency from the intended send time and, where named so, from the moment the generator had a free connection (of ${CONNECTIONS}).\n\n${table(
      [
        'offered/s',
        'accepted/s',
        'accepted p50 ms',
        'accepted p99 ms',
        'p99 from sending',
        '503 p99 from sending',
        '503',
        'lost connections',
        'unsent',
        'server MB',
      ],
      rows,
    )}`,
  );
}
