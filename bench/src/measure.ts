import type { LoadTask } from './load/main.js';
import { runStage, type StageResult } from './stage.js';
import type { BenchSystem } from './systems/system.js';

/** One stage of one system over all rounds. */
export interface Measurement {
  stage: string;
  system: string;
  rate: number;
  rounds: StageResult[];
}

export interface Stage {
  name: string;
  /** May differ by system: what saturates one is idle time for another. */
  taskFor: (system: BenchSystem) => Omit<LoadTask, 'host' | 'port'>;
}

/** Runs the stages against the systems in turn, so that a busy minute of the machine meets all of them. */
export async function measureInTurn(
  starters: readonly (() => Promise<BenchSystem>)[],
  stages: readonly Stage[],
  rounds: number,
  tell: (result: StageResult) => void,
): Promise<Measurement[]> {
  const measurements = new Map<string, Measurement>();
  for (let round = 0; round < rounds; round++)
    for (const start of starters) {
      const system = await start();
      try {
        for (const { name, taskFor } of stages) {
          const task = taskFor(system);
          const result = await runStage(system, name, task);
          tell(result);
          const id = `${name}\n${system.name}`;
          const found = measurements.get(id) ?? {
            stage: name,
            system: system.name,
            rate: task.rate,
            rounds: [],
          };
          found.rounds.push(result);
          measurements.set(id, found);
        }
      } finally {
        await system.stop();
      }
    }
  const order = stages.map(({ name }) => name);
  return [...measurements.values()].sort((a, b) => order.indexOf(a.stage) - order.indexOf(b.stage));
}
