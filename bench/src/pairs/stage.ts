import type { LoadTask } from '../load/main.js';
import type { Part } from '../processes.js';
import type { ClickLedgerSystem } from '../systems/clickledger.js';
import type { BenchSystem } from '../systems/system.js';
import type { Figures } from './figures.js';

export interface PairOptions {
  rates: readonly number[];
  /** Rounds of the short stages, and of those that need a store of millions. */
  rounds: number;
  longRounds: number;
  /** Measured seconds of a load. */
  seconds: number;
  /** Requests offered a second to find what is accepted at most. */
  saturation: number;
  /** Of the demo's month. */
  clicks: number;
  idleSeconds: number;
}

/** A build, as a stage meets it. */
export interface Subject {
  name: string;
  /** Starts the whole system of this build, on a fresh data folder unless one is named. */
  start(dataDir?: string): Promise<ClickLedgerSystem>;
  /** The folder of its built server. */
  serverDist: string;
  /** A data folder with the demo's month, filled once for all stages that need it. */
  filled(): Promise<string>;
  /** From now on this is the filled one. */
  keepFilled(dataDir: string): void;
}

export interface Measured {
  figures: Figures;
  details?: unknown;
}

export interface PairStage {
  isLong: boolean;
  measure(subject: Subject, options: PairOptions): Promise<Measured>;
  /** The same of the empty handler, where it means something. */
  measureFloor?(options: PairOptions): Promise<Measured>;
}

const CONNECTIONS = 256;
const WARMUP_SECONDS = 4;

/** A load of single clicks, each with an Idempotency-Key of its own. */
export const singleClicks = (
  rate: number,
  seconds: number,
  change: Partial<LoadTask> = {},
): Omit<LoadTask, 'host' | 'port'> => ({
  rate,
  seconds,
  warmupSeconds: WARMUP_SECONDS,
  connections: CONNECTIONS,
  mix: 'key',
  ...change,
});

export const rateName = (rate: number) => `${rate.toLocaleString('en')}/s`;

/** As a table names them. */
const PART_NAMES: Record<Part, string> = {
  server: 'server',
  postgres: 'PostgreSQL',
  clickhouse: 'ClickHouse',
  redis: 'Redis',
  load: 'generator',
};

/** `{ 'CPU all': …, 'CPU server': … }` of what each part took; the generator apart from all. */
export function byPart(
  taken: Partial<Record<Part, number>>,
  nameOf: (part: string) => string,
): Record<string, number> {
  const parts = Object.entries(taken) as [Part, number][];
  const all = parts.reduce((sum, [part, value]) => (part === 'load' ? sum : sum + value), 0);
  return Object.fromEntries([
    [nameOf('all'), all],
    ...parts.map(([part, value]) => [nameOf(PART_NAMES[part]), value]),
  ]);
}

/** Runs `work` against a system, and stops the system whatever becomes of it. */
export async function using<S extends BenchSystem, T>(
  starting: Promise<S>,
  work: (system: S) => Promise<T>,
): Promise<T> {
  const system = await starting;
  try {
    return await work(system);
  } finally {
    await system.stop();
  }
}
