import { type Bench, task, tell } from '../bench.js';
import { measureInTurn } from '../measure.js';
import { median, table } from '../report/table.js';
import type { StageResult } from '../stage.js';
import { startClickLedger } from '../systems/clickledger.js';
import type { BenchSystem } from '../systems/system.js';

const RATES = [2_000, 5_000];

/** The key of each system that asks for one. */
const keys = new WeakMap<BenchSystem, string>();

/** From its first key on, the server asks everybody for one. */
async function startWithKey(): Promise<BenchSystem> {
  const system = await startClickLedger({ redis: false });
  const response = await fetch(`${system.url}/api/v1/keys`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'bench', scopes: ['ingest'] }),
  });
  if (response.status !== 201) throw new Error(`POST /keys: ${response.status} ${await response.text()}`);
  const { key } = (await response.json()) as { key: string };
  const named = { ...system, name: 'with an API key' };
  keys.set(named, key);
  return named;
}

const startOpen = async (): Promise<BenchSystem> => ({
  ...(await startClickLedger({ redis: false })),
  name: 'open (protected mode)',
});

/** What it costs ingestion that each request's key is looked up and its rate counted. */
export async function measureKeys(bench: Bench): Promise<void> {
  const stages = [
    ...RATES.map((rate) => ({ name: `${rate}/s`, rate })),
    { name: 'saturation', rate: bench.options.saturation },
  ].map(({ name, rate }) => ({
    name,
    taskFor: (system: BenchSystem) => {
      const apiKey = keys.get(system);
      return task(bench, rate, apiKey === undefined ? {} : { apiKey });
    },
  }));
  const measured = await measureInTurn([startOpen, startWithKey], stages, bench.options.rounds, tell);
  bench.keep(measured);
  const rows = measured.map(({ stage, system, rounds }) => {
    const of = (pick: (one: StageResult) => number, digits: number) =>
      median(rounds.map(pick)).toFixed(digits);
    return [
      ...[stage, system, of((r) => r.load.acceptedPerSecond, 0), of((r) => r.load.p50, 1)],
      ...[of((r) => r.load.p99, 0), of((r) => r.cpuPerMillion.server ?? 0, 0)],
    ];
  });
  bench.section(
    'What API keys cost ingestion',
    table(['stage', 'access', 'accepted/s', 'p50 ms', 'p99 ms', 'server, CPU seconds a million'], rows),
  );
}
