import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

/** What a process is to the bench. `load` is the generator itself. */
export type Part = 'server' | 'postgres' | 'clickhouse' | 'redis' | 'load';

export interface Usage {
  /** Seconds of CPU, user and system, of the living processes and of their children that have ended. */
  cpuSeconds: number;
  /** Resident memory, bytes. Shared pages of PostgreSQL's processes are counted once a process: an upper bound. */
  rssBytes: number;
}

const TICKS_PER_SECOND = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));
const PAGE_BYTES = Number(execFileSync('getconf', ['PAGESIZE'], { encoding: 'utf8' }));
/** Of /proc/stat: user, nice, system, irq, softirq and steal; without idle and iowait. */
const BUSY_FIELDS = [1, 2, 3, 6, 7, 8];

interface Process {
  pid: number;
  parent: number;
  usage: Usage;
}

function readProcess(pid: number): Process | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
    // A PostgreSQL backend that has ended counts for its parent, which waited for it: fields 13 and 14.
    const [parent = 0, rss = 0, ...ticks] = [1, 21, 11, 12, 13, 14].map((i) => fields[i] ?? 0);
    const cpuSeconds = ticks.reduce((sum, count) => sum + count, 0) / TICKS_PER_SECOND;
    return { pid, parent, usage: { cpuSeconds, rssBytes: rss * PAGE_BYTES } };
  } catch {
    return null; // ended meanwhile
  }
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return '';
  }
}

function partOf(pid: number): Part {
  const command = commandOf(pid);
  if (/^\S*postgres\b/.test(command)) return 'postgres';
  if (/engine-process/.test(command)) return 'clickhouse';
  if (/redis-server/.test(command)) return 'redis';
  return 'server';
}

/** These processes and all their descendants. */
function treeOf(roots: readonly number[]): Process[] {
  const all = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => readProcess(Number(name)) ?? []);
  const mine = new Set(roots);
  for (let grew = true; grew; ) {
    grew = false;
    for (const { pid, parent } of all)
      if (mine.has(parent) && !mine.has(pid)) {
        mine.add(pid);
        grew = true;
      }
  }
  return all.filter(({ pid }) => mine.has(pid));
}

/** Process ids of these processes and all their descendants. */
export const idsOfTree = (roots: readonly number[]): number[] => treeOf(roots).map(({ pid }) => pid);

/** CPU and memory of these processes and all their descendants, by part. */
export function usageByPart(roots: readonly number[]): Map<Part, Usage> {
  const parts = new Map<Part, Usage>();
  for (const { pid, usage } of treeOf(roots)) {
    const part = partOf(pid);
    const sum = parts.get(part) ?? { cpuSeconds: 0, rssBytes: 0 };
    parts.set(part, {
      cpuSeconds: sum.cpuSeconds + usage.cpuSeconds,
      rssBytes: sum.rssBytes + usage.rssBytes,
    });
  }
  return parts;
}

/** Seconds of CPU that the whole machine has spent, what the hypervisor took from it included. */
export function machineCpuSeconds(): number {
  const fields = (readFileSync('/proc/stat', 'utf8').split('\n')[0] ?? '').split(/\s+/);
  return BUSY_FIELDS.reduce((sum, i) => sum + Number(fields[i]), 0) / TICKS_PER_SECOND;
}

export interface Spent {
  seconds: number;
  /** Seconds of CPU, by part. */
  cpuSeconds: Partial<Record<Part, number>>;
  /** The same of all other processes of the machine, and of the hypervisor: what disturbed the measurement. */
  otherCpuSeconds: number;
}

/** Cores that everything else took: over some tenths it disturbed the measurement. What the bench itself does is in it. */
export const otherCores = ({ otherCpuSeconds, seconds }: Spent): number => otherCpuSeconds / seconds;

/** Begins to measure what these processes and their descendants spend; the function returned tells it, as often as it is called. */
export function startSpending(roots: readonly number[]): () => Spent {
  const before = usageByPart(roots);
  const machineBefore = machineCpuSeconds();
  const startedAt = performance.now();
  return () => {
    const cpuSeconds: Spent['cpuSeconds'] = {};
    let otherCpuSeconds = machineCpuSeconds() - machineBefore;
    for (const [part, after] of usageByPart(roots)) {
      const spent = after.cpuSeconds - (before.get(part)?.cpuSeconds ?? 0);
      cpuSeconds[part] = spent;
      otherCpuSeconds -= spent;
    }
    return { seconds: (performance.now() - startedAt) / 1_000, cpuSeconds, otherCpuSeconds };
  };
}
