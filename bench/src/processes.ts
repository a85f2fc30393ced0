import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

/** What a process is to the bench. `load` is the generator itself. */
export type Part = 'server' | 'postgres' | 'clickhouse' | 'redis' | 'load';

export interface Usage {
  /** Seconds of CPU, user and system, since the process began. */
  cpuSeconds: number;
  /** Resident memory, bytes. Shared pages of PostgreSQL's processes are counted once a process: an upper bound. */
  rssBytes: number;
  /** Page faults without I/O: on virtual machines with shadow paging each costs 10 µs and more. */
  pageFaults: number;
}

const TICKS_PER_SECOND = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));
const PAGE_BYTES = Number(execFileSync('getconf', ['PAGESIZE'], { encoding: 'utf8' }));

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
    const [parent = 0, faults = 0, user = 0, system = 0, rss = 0] = [1, 7, 11, 12, 21].map((i) => fields[i]);
    return {
      pid,
      parent,
      usage: {
        cpuSeconds: (user + system) / TICKS_PER_SECOND,
        rssBytes: rss * PAGE_BYTES,
        pageFaults: faults,
      },
    };
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

/** CPU and memory of these processes and all their descendants, by part. */
export function usageByPart(roots: readonly number[]): Map<Part, Usage> {
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
  const parts = new Map<Part, Usage>();
  for (const { pid, usage } of all) {
    if (!mine.has(pid)) continue;
    const part = partOf(pid);
    const sum = parts.get(part) ?? { cpuSeconds: 0, rssBytes: 0, pageFaults: 0 };
    parts.set(part, {
      cpuSeconds: sum.cpuSeconds + usage.cpuSeconds,
      rssBytes: sum.rssBytes + usage.rssBytes,
      pageFaults: sum.pageFaults + usage.pageFaults,
    });
  }
  return parts;
}
