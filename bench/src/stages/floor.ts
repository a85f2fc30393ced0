import { type Bench, task, tell } from '../bench.js';
import { median, table } from '../report/table.js';
import { runStage, type StageResult } from '../stage.js';
import { startFloor } from '../systems/floor.js';

const RATES = [2_000, 5_000, 10_000];

/** What this machine can do at all: the same load on a server that only answers. Nothing below its figures can be reached here. */
export async function measureFloor(bench: Bench): Promise<void> {
  const byRate = new Map<number, StageResult[]>(RATES.map((rate) => [rate, []]));
  for (let round = 0; round < bench.options.rounds; round++) {
    const system = await startFloor();
    try {
      for (const rate of RATES) {
        const result = await runStage(system, 'floor', task(bench, rate));
        tell(result);
        byRate.get(rate)?.push(result);
      }
    } finally {
      await system.stop();
    }
  }
  bench.keep([...byRate.values()]);
  const rows = [...byRate].map(([rate, rounds]) => {
    const of = (pick: (one: StageResult) => number, digits = 1) => median(rounds.map(pick)).toFixed(digits);
    return [
      rate.toLocaleString('en'),
      ...[of((r) => r.load.acceptedPerSecond, 0), of((r) => r.load.p50), of((r) => r.load.p99)],
      ...[of((r) => r.cores.server ?? 0, 2), of((r) => r.cores.load ?? 0, 2)],
    ];
  });
  bench.section(
    'The floor: an empty handler under the same load',
    table(
      ['offered/s', 'answered/s', 'p50 ms', 'p99 ms', 'cores of the server', 'cores of the generator'],
      rows,
    ),
  );
}
