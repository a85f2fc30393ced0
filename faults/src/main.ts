import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { toMarkdown } from './report.js';
import { type RunReport, run } from './run.js';

const HELP = `npm run test:faults -- [options]

  --long            20 minutes of each topology, requests sent again after up to six minutes; results are written
  --seed N          of clients and faults; a random one is taken and printed otherwise
  --seconds N       of faults, for each topology (30)
  --rate N          requests a second (40)
  --topology NAME   embedded or servers; both otherwise
  --results FILE    where the report goes, as Markdown
  --sabotage NAME   token, unique or stamp: switches that off, to see that the checker notices
`;

const LONG_SECONDS = 20 * 60;
const AGAIN_SHORT_MS = 15_000;
/** Longer than the guard remembers. */
const AGAIN_LONG_MS = 6 * 60_000;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      long: { type: 'boolean', default: false },
      seed: { type: 'string' },
      seconds: { type: 'string' },
      rate: { type: 'string', default: '40' },
      topology: { type: 'string' },
      results: { type: 'string' },
      sabotage: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return console.log(HELP);
  const topologies = values.topology ? [values.topology] : ['embedded', 'servers'];
  const seed = Number(values.seed ?? Math.floor(Math.random() * 1e9));
  const startedAt = performance.now();
  const reports: RunReport[] = [];
  for (const topology of topologies) {
    if (topology !== 'embedded' && topology !== 'servers') throw new Error(HELP);
    reports.push(
      await run({
        topology,
        seed,
        seconds: Number(values.seconds ?? (values.long ? LONG_SECONDS : 30)),
        operationsPerSecond: Number(values.rate),
        againMsMax: values.long ? AGAIN_LONG_MS : AGAIN_SHORT_MS,
        sabotage: values.sabotage,
        say: (line) =>
          console.log(`${((performance.now() - startedAt) / 1_000).toFixed(1).padStart(8)} s  ${line}`),
      }),
    );
  }
  const text = toMarkdown(reports);
  console.log(`\n${text}`);
  if (values.results) writeFileSync(values.results, text);
  process.exitCode = reports.some(({ findings }) => findings.length > 0) ? 1 : 0;
}

await main();
