import type { LoadTask } from './load/main.js';
import type { Measurement } from './measure.js';
import type { StageResult } from './stage.js';
import { startClickLedger } from './systems/clickledger.js';
import type { BenchSystem } from './systems/system.js';
import { watchDashboard } from './viewer.js';

/** What was asked for on the command line; rates in requests a second. */
export interface BenchOptions {
  rounds: number;
  /** Measured seconds of a stage. */
  seconds: number;
  rates: readonly number[];
  /** Offered to find what is accepted at most. */
  saturation: number;
  /** Random ids that are in the ledger before the stage of that name. */
  prefill: number;
  soakMinutes: number;
  /** Clicks a second of the soak. */
  soakRate: number;
}

/** What a run of the bench hands from stage to stage. */
export interface Bench {
  options: BenchOptions;
  /** Latency of all systems, of this run or the last that measured it; empty before. */
  latency: Measurement[];
  /** What the running stage measured, for ingest.json. */
  keep: (data: unknown) => void;
  /** Adds a titled part to the report. */
  section: (title: string, body: string) => void;
}

export const CONNECTIONS = 256;
const WARMUP_SECONDS = 4;

/** The load of an ordinary stage. */
export const task = (
  { options }: Bench,
  rate: number,
  change: Partial<Omit<LoadTask, 'host' | 'port' | 'rate'>> = {},
) => ({
  rate,
  seconds: options.seconds,
  warmupSeconds: WARMUP_SECONDS,
  connections: CONNECTIONS,
  mix: 'key' as const,
  ...change,
});

export function tell({ system, stage, rate, load }: StageResult): void {
  console.log(
    `  ${system}, ${stage} (${rate}/s): p50 ${load.p50.toFixed(1)}, p99 ${load.p99.toFixed(1)} ms, ${Math.round(load.acceptedPerSecond)} accepted/s`,
  );
}

/** The whole system with a dashboard open. */
export const startWatched = (redis: boolean) => async (): Promise<BenchSystem> => {
  const system = await startClickLedger({ redis });
  const viewer = watchDashboard(system.url);
  return {
    ...system,
    async stop() {
      await viewer.stop();
      await system.stop();
    },
  };
};
