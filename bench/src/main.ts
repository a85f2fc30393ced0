// npm run bench: ingestion measured. What each part does: docs/benchmarks.md.
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import { watchFreshness } from './freshness.js';
import { measureInTurn, type Stage } from './measure.js';
import { audit, prefillKeys } from './prefill.js';
import { latencyChart } from './report/chart.js';
import { latencyTable, median, ratioTable, table } from './report/table.js';
import { runStage, type StageResult } from './stage.js';
import { startBaseline } from './systems/baseline.js';
import { startClickLedger } from './systems/clickledger.js';
import { watchDashboard } from './viewer.js';

const { values: flags } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '10' },
    rates: { type: 'string', default: '1000,2000,5000' },
    /** Offered to find what is accepted at most. */
    saturation: { type: 'string', default: '15000' },
    prefill: { type: 'string', default: '50000000' },
    'soak-minutes': { type: 'string', default: '0' },
    out: { type: 'string', default: 'bench/results' },
    only: { type: 'string', default: 'latency,nokeys,overload,batch,prefill,soak' },
  },
});
const seconds = Number(flags.seconds);
const rounds = Number(flags.rounds);
const wanted = new Set(flags.only.split(','));
const CONNECTIONS = 256;
/** So many that a full queue, and not a free connection, is what a request waits for. */
const OVERLOAD_CONNECTIONS = 1_500;
const sections: string[] = [];
const results: Record<string, unknown> = {
  machine: { cores: cpus().length, model: cpus()[0]?.model, memoryGb: Math.round(totalmem() / 1e9) },
  node: process.version,
};

const task = (rate: number, mix: 'key' | 'none' = 'key', connections = CONNECTIONS) => ({
  rate,
  seconds,
  warmupSeconds: 4,
  connections,
  mix,
});
/** Offered to find the most that is accepted; the baseline would take minutes to work off what saturates us. */
const saturationOf = ({ hasAnalytics }: { hasAnalytics: boolean }) =>
  hasAnalytics ? Number(flags.saturation) : Number(flags.saturation) / 4;
const tell = ({ system, stage, rate, load }: StageResult) =>
  console.log(
    `  ${system}, ${stage} (${rate}/s): p50 ${load.p50.toFixed(1)}, p99 ${load.p99.toFixed(1)} ms, ${Math.round(load.acceptedPerSecond)} accepted/s`,
  );
const section = (title: string, body: string) => {
  sections.push(`## ${title}\n\n${body}\n`);
  console.log(`\n## ${title}\n\n${body}\n`);
};

/** Ours with a dashboard open, as in all stages. */
const watched = (redis: boolean) => async () => {
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
const all = [startBaseline, watched(false), watched(true)];

if (wanted.has('latency')) {
  const rates = flags.rates.split(',').map(Number);
  const stages: Stage[] = [
    ...rates.map((rate) => ({ name: `${rate}/s`, taskFor: () => task(rate) })),
    { name: 'saturation', taskFor: (system) => task(saturationOf(system)) },
  ];
  const measured = await measureInTurn(all, stages, rounds, tell);
  results.latency = measured;
  const note = `Each click with an Idempotency-Key of its own, 1 % sent again; medians of ${rounds} rounds of ${seconds} s. The columns from "server" on: CPU seconds a million requests.`;
  section('Latency, and what is accepted', `${note}\n\n${latencyTable(measured)}`);
  section('Against the per-click baseline', ratioTable(measured, 'per click'));
  mkdirSync(flags.out, { recursive: true });
  writeFileSync(`${flags.out}/latency.svg`, latencyChart(measured));
}

if (wanted.has('nokeys')) {
  const stages: Stage[] = [
    { name: '5000/s', taskFor: () => task(5_000, 'none') },
    { name: 'saturation', taskFor: (system) => task(saturationOf(system), 'none') },
  ];
  const measured = await measureInTurn(all, stages, rounds, tell);
  results.withoutKeys = measured;
  section('Without Idempotency-Keys', latencyTable(measured));
}

if (wanted.has('overload')) {
  const saturation = median(
    (results.latency as { stage: string; system: string; rounds: StageResult[] }[] | undefined)
      ?.find(({ stage, system }) => stage === 'saturation' && system === 'ClickLedger')
      ?.rounds.map((round) => round.load.acceptedPerSecond) ?? [6_000],
  );
  const system = await startClickLedger({ redis: false });
  const rate = Math.round((2 * saturation) / 500) * 500;
  await runStage(system, 'warm-up', task(2_000));
  const result = await runStage(system, `twice saturation`, task(rate, 'key', OVERLOAD_CONNECTIONS));
  tell(result);
  results.overload = result;
  const { load } = result;
  section(
    'Twice the saturation rate',
    table(
      [
        'offered/s',
        'accepted/s',
        'accepted p50 ms',
        'accepted p99 ms',
        'refused (503)',
        'refusal p99 ms',
        'lost',
        'memory MB',
      ],
      [
        [
          String(rate),
          load.acceptedPerSecond.toFixed(0),
          load.p50.toFixed(1),
          load.p99.toFixed(1),
          String(load.statuses[503] ?? 0),
          load.refusedP99.toFixed(1),
          String(load.unsent + (load.statuses[0] ?? 0)),
          String(result.memoryMb.server ?? 0),
        ],
      ],
    ),
  );
  await system.stop();
}

if (wanted.has('batch')) {
  const system = await startClickLedger({ redis: false });
  const rows: string[][] = [];
  let acknowledged = 0;
  for (const perSecond of [20, 50, 100, 150]) {
    const result = await runStage(system, `batches of 1,000`, {
      ...task(perSecond, 'key', 16),
      batchSize: 1_000,
      warmupSeconds: 2,
    });
    tell(result);
    acknowledged += (result.load.statuses[202] ?? 0) * 1_000;
    rows.push([
      (perSecond * 1_000).toLocaleString('en'),
      Math.round(result.load.acceptedPerSecond * 1_000).toLocaleString('en'),
      result.load.p50.toFixed(0),
      result.load.p99.toFixed(0),
      String(result.load.statuses[503] ?? 0),
    ]);
  }
  const counted = await audit(system.url, system.dataDir, acknowledged);
  results.batch = { rows, counted };
  section(
    'The batch route',
    `${table(['clicks offered/s', 'clicks accepted/s', 'p50 ms', 'p99 ms', '503'], rows)}\n\nAcknowledged ${counted.acknowledged.toLocaleString('en')}; in the ledger ${counted.ledger.toLocaleString('en')}, distinct ids ${counted.distinctIds.toLocaleString('en')}; in analytics ${counted.analytics.toLocaleString('en')}.`,
  );
  await system.stop();
}

if (wanted.has('prefill')) {
  const rows: string[][] = [];
  for (const count of [0, Number(flags.prefill)]) {
    const system = await startClickLedger({ redis: false });
    if (count > 0) await prefillKeys(system.dataDir, count);
    await runStage(system, 'warm-up', task(2_000));
    for (const rate of [2_000, Number(flags.saturation)]) {
      const result = await runStage(system, `${count} ids in the ledger`, task(rate));
      tell(result);
      const { p50, p99, acceptedPerSecond } = result.load;
      rows.push([
        count.toLocaleString('en'),
        rate.toLocaleString('en'),
        ...[acceptedPerSecond.toFixed(0), p50.toFixed(1), p99.toFixed(1)],
        (result.cpuPerMillion.postgres ?? 0).toFixed(0),
      ]);
    }
    await system.stop();
  }
  results.prefill = rows;
  section(
    'With a full ledger',
    table(
      ['ids already there', 'offered/s', 'accepted/s', 'p50 ms', 'p99 ms', 'PostgreSQL CPU s/million'],
      rows,
    ),
  );
}

if (wanted.has('soak')) {
  const minutes = Number(flags['soak-minutes']);
  const system = await startClickLedger({ redis: false });
  const freshness = watchFreshness(system.url);
  const lag: number[] = [];
  const memory: number[] = [];
  const watch = setInterval(() => {
    fetch(`${system.url}/api/v1/admin/stats`)
      .then((reply) => reply.json())
      .then((stats) => lag.push((stats as { lag: { seconds: number } }).lag.seconds))
      .catch(() => undefined);
  }, 1_000);
  const rate = minutes > 0 ? 5_000 : 3_000;
  const steps = Math.max(1, minutes);
  for (let i = 0; i < steps; i++) {
    const result = await runStage(system, `soak, minute ${i + 1}`, {
      ...task(rate),
      seconds: minutes > 0 ? 56 : seconds * 2,
    });
    tell(result);
    memory.push(Object.values(result.memoryMb).reduce((sum, mb) => sum + mb, 0));
  }
  const ages = await freshness.stop();
  clearInterval(watch);
  const at = (q: number) => ages[Math.min(ages.length - 1, Math.floor(q * ages.length))] ?? Number.NaN;
  lag.sort((a, b) => a - b);
  results.soak = { rate, minutes, memory, lagMax: lag.at(-1), freshness: { p50: at(0.5), p99: at(0.99) } };
  section(
    minutes > 0 ? `Soak: ${minutes} minutes at ${rate}/s` : `Freshness at ${rate}/s`,
    table(
      ['lag, worst s', 'freshness p50 ms', 'freshness p99 ms', 'memory first and last MB'],
      [
        [
          (lag.at(-1) ?? Number.NaN).toFixed(1),
          at(0.5).toFixed(0),
          at(0.99).toFixed(0),
          `${memory[0]} → ${memory.at(-1)}`,
        ],
      ],
    ),
  );
  await system.stop();
}

mkdirSync(flags.out, { recursive: true });
const { machine } = results as { machine: { cores: number; model: string; memoryGb: number } };
const title = `# Ingestion, measured\n\n${machine.cores} cores (${machine.model}), ${machine.memoryGb} GB, Node.js ${process.version}; load generator, server and all stores share them.\n\n`;
writeFileSync(`${flags.out}/ingest.md`, title + sections.join('\n'));
writeFileSync(`${flags.out}/ingest.json`, `${JSON.stringify(results, null, 1)}\n`);
console.log(`Written: ${flags.out}/ingest.md, ingest.json, latency.svg`);
