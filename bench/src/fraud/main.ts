// npm run bench:fraud: how well fraud is found. `--seeds 101,102`, `--tuning 1,2`, `--no-log`.
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { RuleSettings } from '@clickledger/contract';
import { readAccessLog, realAgents } from './access-log.js';
import { ATTACKS } from './attacks.js';
import { judgeTraffic } from './judge.js';
import { type FraudBench, fraudReport } from './report.js';
import { type Score, score } from './score.js';
import { HOUR_MS, makeTraffic } from './traffic.js';

const RESULTS = new URL('../../results/', import.meta.url);
const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '101,102' },
    tuning: { type: 'string', default: '1' },
    'no-log': { type: 'boolean', default: false },
  },
});
const numbers = (list: string) => list.split(',').filter(Boolean).map(Number);
/** A day that is over, at midnight. */
const START_MS = Date.UTC(2026, 5, 10);
const DAYS_APART = 2;

const startedAt = performance.now();
const agents = realAgents();
const synthetic: FraudBench['synthetic'] = [];
const accessLog: FraudBench['accessLog'] = [];

/** Writes what is there so far, and returns it as Markdown. */
function save(): string {
  const bench: FraudBench = { synthetic, accessLog, seconds: (performance.now() - startedAt) / 1_000 };
  const markdown = fraudReport(bench);
  writeFileSync(new URL('fraud.json', RESULTS), `${JSON.stringify(bench, null, 2)}\n`);
  writeFileSync(new URL('fraud.md', RESULTS), `${markdown}\n`);
  return markdown;
}

async function run(seed: number): Promise<Score> {
  const clicks = makeTraffic(seed, START_MS + (seed % 100) * DAYS_APART * 24 * HOUR_MS, agents, ATTACKS);
  const result = score(await judgeTraffic(clicks));
  console.log(`seed ${seed}: ${clicks.length} clicks, ${JSON.stringify(result.all)}`);
  return result;
}

for (const [name, list] of [
  ['tuning', values.tuning],
  ['report', values.seeds],
] as const) {
  const seeds = numbers(list);
  const scores: Score[] = [];
  for (const seed of seeds) scores.push(await run(seed));
  if (seeds.length > 0) synthetic.push({ name, seeds, scores });
  save();
}

const AGENT_RULES_OFF: Partial<RuleSettings> = {
  bot_user_agent: { state: 'off' },
  headless_browser: { state: 'off' },
  missing_user_agent: { state: 'off' },
};
if (!values['no-log'])
  for (const [name, changed] of [
    ['user-agent rules off', AGENT_RULES_OFF],
    ['user-agent rules on', {}],
  ] as const) {
    const result = score(await judgeTraffic(readAccessLog(), changed));
    console.log(`access log, ${name}: ${JSON.stringify(result.all)}`);
    accessLog.push({ name, score: result });
    save();
  }

console.log(save());
