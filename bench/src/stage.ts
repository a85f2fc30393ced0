import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { LoadSummary, LoadTask } from './load/main.js';
import { type Part, startSpending, usageByPart } from './processes.js';
import type { BenchSystem } from './systems/system.js';

const LOAD = fileURLToPath(new URL('./load/main.js', import.meta.url));
const MEMORY_EVERY_MS = 1_000;

export interface StageResult {
  system: string;
  stage: string;
  rate: number;
  load: LoadSummary;
  /** CPU seconds a million requests answered, by part. */
  cpuPerMillion: Partial<Record<Part, number>>;
  /** Share of one core, by part. */
  cores: Partial<Record<Part, number>>;
  /** Share of one core that everything else on the machine took meanwhile. */
  otherCores: number;
  /** Most resident memory seen, MB, by part. */
  memoryMb: Partial<Record<Part, number>>;
}

/**
 * Runs one load against a system, in a process of its own, and watches what everything costs.
 *
 * @param settled what else belongs to the load, e.g. that the relay has delivered its clicks: its CPU is counted as well
 */
export async function runStage(
  system: BenchSystem,
  stage: string,
  task: Omit<LoadTask, 'host' | 'port'>,
  settled: () => Promise<void> = async () => undefined,
): Promise<StageResult> {
  const spentSince = startSpending(system.roots);
  const full: LoadTask = { ...task, host: system.host, port: system.port };
  // The fourth channel tells the generator when we are gone.
  const child = spawn(process.execPath, [LOAD, JSON.stringify(full)], {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  const memoryMb: Partial<Record<Part, number>> = {};
  const watch = setInterval(() => {
    for (const [part, { rssBytes }] of usageByPart(system.roots))
      memoryMb[part] = Math.max(memoryMb[part] ?? 0, Math.round(rssBytes / 1e6));
  }, MEMORY_EVERY_MS);
  let output = '';
  child.stdout?.on('data', (data) => (output += data));
  const code = await new Promise((resolve) => child.once('close', resolve));
  clearInterval(watch);
  if (code !== 0) throw new Error(`the load generator ended with ${code}`);
  // JSON has no NaN: a percentile of no replies comes as null.
  const load = JSON.parse(output, (_, value) => value ?? Number.NaN) as LoadSummary;
  await settled();
  const { seconds, cpuSeconds, otherCpuSeconds } = spentSince();
  const answered = Object.values(load.statuses).reduce((sum, count) => sum + count, 0);
  const cpuPerMillion: StageResult['cpuPerMillion'] = {};
  const cores: StageResult['cores'] = {};
  for (const [part, spent] of Object.entries({ ...cpuSeconds, load: load.cpuSeconds }) as [Part, number][]) {
    cpuPerMillion[part] = (spent / answered) * 1e6;
    cores[part] = spent / seconds;
  }
  const otherCores = Math.max(0, otherCpuSeconds - load.cpuSeconds) / seconds;
  return { system: system.name, stage, rate: task.rate, load, cpuPerMillion, cores, otherCores, memoryMb };
}
