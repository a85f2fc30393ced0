import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { LoadSummary, LoadTask } from './load/main.js';
import { type Part, usageByPart } from './processes.js';
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
  /** Page faults a second, by part. */
  pageFaults: Partial<Record<Part, number>>;
  /** Most resident memory seen, MB, by part. */
  memoryMb: Partial<Record<Part, number>>;
}

/** Runs one load against a system, in a process of its own, and watches what everything costs. */
export async function runStage(
  system: BenchSystem,
  stage: string,
  task: Omit<LoadTask, 'host' | 'port'>,
): Promise<StageResult> {
  const before = usageByPart(system.roots);
  const startedAt = performance.now();
  const full: LoadTask = { ...task, host: system.host, port: system.port };
  const child = spawn(process.execPath, [LOAD, JSON.stringify(full)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const memoryMb: Partial<Record<Part, number>> = {};
  let loadCpu = 0;
  const watch = setInterval(() => {
    for (const [part, { rssBytes }] of usageByPart(system.roots))
      memoryMb[part] = Math.max(memoryMb[part] ?? 0, Math.round(rssBytes / 1e6));
    for (const { cpuSeconds } of usageByPart([child.pid ?? 0]).values()) loadCpu = cpuSeconds;
  }, MEMORY_EVERY_MS);
  let output = '';
  child.stdout.on('data', (data) => (output += data));
  const code = await new Promise((resolve) => child.once('exit', resolve));
  clearInterval(watch);
  if (code !== 0) throw new Error(`the load generator ended with ${code}`);
  const seconds = (performance.now() - startedAt) / 1_000;
  // JSON has no NaN: a percentile of no replies comes as null.
  const load = JSON.parse(output, (_, value) => value ?? Number.NaN) as LoadSummary;
  const answered = Object.values(load.statuses).reduce((sum, count) => sum + count, 0);
  const cpuPerMillion: StageResult['cpuPerMillion'] = {};
  const cores: StageResult['cores'] = {};
  const pageFaults: StageResult['pageFaults'] = {};
  const add = (part: Part, cpuSeconds: number) => {
    cpuPerMillion[part] = (cpuSeconds / answered) * 1e6;
    cores[part] = cpuSeconds / seconds;
  };
  for (const [part, after] of usageByPart(system.roots)) {
    add(part, after.cpuSeconds - (before.get(part)?.cpuSeconds ?? 0));
    pageFaults[part] = Math.round((after.pageFaults - (before.get(part)?.pageFaults ?? 0)) / seconds);
  }
  add('load', loadCpu);
  return { system: system.name, stage, rate: task.rate, load, cpuPerMillion, cores, pageFaults, memoryMb };
}
