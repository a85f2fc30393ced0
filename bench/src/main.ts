// npm run bench: ingestion measured. What each stage does: docs/benchmarks.md.
import { cpus, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import type { Bench } from './bench.js';
import { Report, type StageReport } from './report/report.js';
import { measureBatches } from './stages/batches.js';
import { measureFloor } from './stages/floor.js';
import { measureFullLedger } from './stages/full-ledger.js';
import { measureKeys } from './stages/keys.js';
import { measureLatency, measureWithoutKeys } from './stages/latency.js';
import { measureOverload } from './stages/overload.js';
import { measureRules } from './stages/rules.js';
import { soak, soakBatches } from './stages/soak.js';
import { measureViewers } from './stages/viewers.js';

const { values: flags } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '10' },
    rates: { type: 'string', default: '2000,5000,10000' },
    saturation: { type: 'string', default: '15000' },
    prefill: { type: 'string', default: '50000000' },
    'soak-minutes': { type: 'string', default: '15' },
    'soak-rate': { type: 'string', default: '5000' },
    out: { type: 'string', default: 'bench/results' },
    only: {
      type: 'string',
      default: 'floor,latency,nokeys,rules,keys,overload,batches,full,viewers,soak,soakbatches',
    },
  },
});

const STAGES: Record<string, (bench: Bench) => Promise<void>> = {
  floor: measureFloor,
  latency: (bench) => measureLatency(bench, flags.out),
  nokeys: measureWithoutKeys,
  rules: measureRules,
  keys: measureKeys,
  overload: measureOverload,
  batches: measureBatches,
  full: measureFullLedger,
  viewers: measureViewers,
  soak,
  soakbatches: soakBatches,
};
const machine = {
  cores: cpus().length,
  model: cpus()[0]?.model ?? 'unknown',
  memoryGb: Math.round(totalmem() / 1e9),
  node: process.version,
};
const report = new Report(flags.out, Object.keys(STAGES));
const sections: StageReport['sections'] = [];
let data: unknown = null;
const bench: Bench = {
  options: {
    rounds: Number(flags.rounds),
    seconds: Number(flags.seconds),
    rates: flags.rates.split(',').map(Number),
    saturation: Number(flags.saturation),
    prefill: Number(flags.prefill),
    soakMinutes: Number(flags['soak-minutes']),
    soakRate: Number(flags['soak-rate']),
  },
  latency: (report.get('latency')?.data ?? []) as Bench['latency'],
  keep(measured) {
    data = measured;
  },
  section(title, body) {
    sections.push({ title, body });
    console.log(`\n## ${title}\n\n${body}\n`);
  },
};

for (const name of flags.only.split(',')) {
  const stage = STAGES[name];
  if (!stage) throw new Error(`--only: no stage "${name}"; there are ${Object.keys(STAGES).join(', ')}`);
  data = null;
  await stage(bench);
  // A stage that was left out keeps what it measured last.
  if (sections.length > 0)
    report.put(name, { measuredAt: new Date().toISOString(), sections: sections.splice(0), data }, machine);
}
console.log(`Written: ${flags.out}/ingest.md, ingest.json, latency.svg`);
