import { DEFAULT_RULE_SETTINGS } from '@clickledger/contract';
import { type Bench, task, tell } from '../bench.js';
import { measureInTurn } from '../measure.js';
import { median, table } from '../report/table.js';
import type { StageResult } from '../stage.js';
import { startClickLedger } from '../systems/clickledger.js';
import type { BenchSystem } from '../systems/system.js';

const RATES = [2_000, 5_000];

/** The system with only these fraud rules on. */
const startWith = (name: string, isOn: (rule: string) => boolean) => async (): Promise<BenchSystem> => {
  const system = await startClickLedger({ redis: false });
  const settings = Object.entries(DEFAULT_RULE_SETTINGS).map(([rule, setting]) => [
    rule,
    { ...setting, state: isOn(rule) ? setting.state : 'off' },
  ]);
  const response = await fetch(`${system.url}/api/v1/fraud/rules`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(Object.fromEntries(settings)),
  });
  if (!response.ok) throw new Error(`PUT /fraud/rules: ${response.status} ${await response.text()}`);
  return { ...system, name };
};

/** What the fraud rules cost ingestion: none, the two velocities alone, all of them, in turn. */
export async function measureRules(bench: Bench): Promise<void> {
  const systems = [
    startWith('no rules', () => false),
    startWith('two velocity rules', (rule) => rule.startsWith('velocity_')),
    startWith('all rules', () => true),
  ];
  const stages = RATES.map((rate) => ({ name: `${rate}/s`, taskFor: () => task(bench, rate) }));
  const measured = await measureInTurn(systems, stages, bench.options.rounds, tell);
  bench.keep(measured);
  const rows = measured.map(({ stage, system, rounds }) => {
    const of = (pick: (one: StageResult) => number, digits: number) =>
      median(rounds.map(pick)).toFixed(digits);
    return [
      ...[stage, system, of((r) => r.load.acceptedPerSecond, 0), of((r) => r.load.p50, 1)],
      ...[of((r) => r.load.p99, 0), of((r) => r.cores.server ?? 0, 2), of((r) => r.cores.postgres ?? 0, 2)],
    ];
  });
  bench.section(
    'What the fraud rules cost ingestion',
    table(['stage', 'rules', 'accepted/s', 'p50 ms', 'p99 ms', 'cores of the server', 'of PostgreSQL'], rows),
  );
}
