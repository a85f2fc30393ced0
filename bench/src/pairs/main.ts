// npm run bench:pairs: two builds and an empty handler, measured in turn. docs/benchmarks.md tells how to use it.
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { removeFolders } from '../folders.js';
import { endAll } from '../systems/system.js';
import { builtAt, resolveBuild } from './builds.js';
import { appendHistory } from './history.js';
import { inTurn } from './in-turn.js';
import { readResults, resultsFor, writeResults } from './results.js';
import type { PairOptions, PairStage } from './stage.js';
import { batches } from './stages/batches.js';
import { demo } from './stages/demo.js';
import { freshness } from './stages/freshness.js';
import { idle } from './stages/idle.js';
import { latency, saturation } from './stages/latency.js';
import { query } from './stages/query.js';
import { rebuild } from './stages/rebuild.js';
import { subjectOf } from './subject.js';

/** In this order: what needs a store of millions comes after what fills one. */
const STAGES: Record<string, PairStage> = {
  latency,
  saturation,
  freshness,
  batches,
  demo,
  rebuild,
  idle,
  query,
};
const HERE = dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url)))));

const { values: flags } = parseArgs({
  options: {
    before: { type: 'string' },
    // The build that is looked at, when it is not this one.
    after: { type: 'string' },
    stages: { type: 'string', default: Object.keys(STAGES).join(',') },
    rates: { type: 'string', default: '2000,5000,10000' },
    rounds: { type: 'string', default: '3' },
    'long-rounds': { type: 'string', default: '1' },
    seconds: { type: 'string', default: '20' },
    saturation: { type: 'string', default: '25000' },
    clicks: { type: 'string', default: '2000000' },
    'idle-seconds': { type: 'string', default: '60' },
    out: { type: 'string', default: join(HERE, 'bench/results') },
    history: { type: 'boolean', default: false },
  },
});
const options: PairOptions = {
  rates: flags.rates.split(',').map(Number),
  rounds: Number(flags.rounds),
  longRounds: Number(flags['long-rounds']),
  seconds: Number(flags.seconds),
  saturation: Number(flags.saturation),
  clicks: Number(flags.clicks),
  idleSeconds: Number(flags['idle-seconds']),
};

async function measurePairs(beforeName: string): Promise<void> {
  const names = flags.stages.split(',');
  const unknown = names.find((name) => !(name in STAGES));
  if (unknown !== undefined)
    throw new Error(`--stages: no stage "${unknown}"; there are ${Object.keys(STAGES).join(', ')}`);
  const before = resolveBuild(beforeName, HERE);
  const after = flags.after === undefined ? builtAt(HERE) : resolveBuild(flags.after, HERE);
  const results = resultsFor(flags.out, before, after);
  const subjects = {
    before: subjectOf('before', before, options),
    after: subjectOf('after', after, options),
  };
  const failures: string[] = [];
  for (const [name, stage] of Object.entries(STAGES)) {
    if (!names.includes(name)) continue;
    console.log(`\n${name}`);
    failures.push(
      ...(await inTurn(name, stage, subjects, options, (measured) => {
        results.stages[name] = measured;
        writeResults(flags.out, results);
      })),
    );
  }
  console.log(`\nWritten: ${flags.out}/pairs.md and pairs.json`);
  if (failures.length === 0) return;
  console.error(`Failed:\n${failures.map((line) => `- ${line}`).join('\n')}`);
  process.exitCode = 1;
}

let isStopping = false;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.on(signal, () => {
    if (isStopping) return;
    isStopping = true;
    console.error('Stopping …');
    void endAll().finally(() => {
      removeFolders();
      process.exit(1);
    });
  });
try {
  if (flags.before !== undefined) await measurePairs(flags.before);
  else if (!flags.history) throw new Error('--before: name a commit, or the path of a built checkout');
  if (flags.history) {
    const results = readResults(flags.out);
    if (!results) throw new Error(`--history: ${flags.out} has no pairs.json; measure first`);
    appendHistory(flags.out, results);
  }
} finally {
  if (!isStopping) removeFolders();
}
