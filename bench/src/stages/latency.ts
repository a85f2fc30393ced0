import { mkdirSync, writeFileSync } from 'node:fs';
import { type Bench, startWatched, task, tell } from '../bench.js';
import { measureInTurn, type Stage } from '../measure.js';
import { latencyChart } from '../report/chart.js';
import { latencyTable, ratioTable } from '../report/table.js';
import { startBaseline } from '../systems/baseline.js';
import type { BenchSystem } from '../systems/system.js';

const SYSTEMS = [startBaseline, startWatched(false), startWatched(true)];
/** The baseline would take minutes to work off what saturates us. */
const BASELINE_SHARE = 1 / 4;

const saturationOf = (bench: Bench, { hasAnalytics }: BenchSystem) =>
  bench.options.saturation * (hasAnalytics ? 1 : BASELINE_SHARE);

/** The headline: latency at rising rates and what is accepted at most, beside the per-click baseline, in turn. */
export async function measureLatency(bench: Bench, out: string): Promise<void> {
  const { rates, rounds, seconds } = bench.options;
  const stages: Stage[] = [
    ...rates.map((rate) => ({ name: `${rate}/s`, taskFor: () => task(bench, rate) })),
    { name: 'saturation', taskFor: (system) => task(bench, saturationOf(bench, system)) },
  ];
  bench.latency = await measureInTurn(SYSTEMS, stages, rounds, tell);
  bench.keep(bench.latency);
  const note = `Each click with an Idempotency-Key of its own, 1 % sent again; medians of ${rounds} rounds of ${seconds} s. The columns from "server" on: CPU seconds a million requests.`;
  bench.section('Latency, and what is accepted', `${note}\n\n${latencyTable(bench.latency)}`);
  bench.section('Against the per-click baseline', ratioTable(bench.latency, 'per click'));
  mkdirSync(out, { recursive: true });
  writeFileSync(`${out}/latency.svg`, latencyChart(bench.latency));
}

/** The same without Idempotency-Keys: the server makes the ids, and nothing repeats. */
export async function measureWithoutKeys(bench: Bench): Promise<void> {
  const mix = { mix: 'none' as const };
  const stages: Stage[] = [
    { name: '5000/s', taskFor: () => task(bench, 5_000, mix) },
    { name: 'saturation', taskFor: (system) => task(bench, saturationOf(bench, system), mix) },
  ];
  const measured = await measureInTurn(SYSTEMS, stages, bench.options.rounds, tell);
  bench.keep(measured);
  bench.section('Without Idempotency-Keys', latencyTable(measured));
}
