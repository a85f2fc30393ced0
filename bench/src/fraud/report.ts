import { falsePositiveRate, type Matrix, precision, recall, type Score } from './score.js';
import { HELD_OUT } from './traffic.js';

/** What was run, and what came of it. */
export interface FraudBench {
  /** By name: tuning, report. */
  synthetic: { name: string; seeds: number[]; scores: Score[] }[];
  accessLog: { name: string; score: Score }[];
  seconds: number;
}

const percent = (share: number | null) => (share === null ? '–' : `${(share * 100).toFixed(2)} %`);
const signed = (share: number) => `${(share * 100).toFixed(1)} %`;

function add(matrices: readonly Matrix[]): Matrix {
  const sum: Matrix = { truePositives: 0, falsePositives: 0, falseNegatives: 0, trueNegatives: 0 };
  for (const one of matrices) for (const key of Object.keys(sum) as (keyof Matrix)[]) sum[key] += one[key];
  return sum;
}

/** Scores of several seeds as one. */
export function addScores(scores: readonly Score[]): Score {
  const all = add(scores.map((one) => one.all));
  const valid = all.falsePositives + all.trueNegatives;
  const rules = new Set(scores.flatMap((one) => Object.keys(one.byRule)));
  const none = (of: Matrix): Matrix => ({
    truePositives: 0,
    falsePositives: 0,
    falseNegatives: of.truePositives + of.falseNegatives,
    trueNegatives: of.falsePositives + of.trueNegatives,
  });
  const byFamily: Score['byFamily'] = {};
  for (const one of scores)
    for (const [family, { clicks, flagged }] of Object.entries(one.byFamily) as [
      keyof Score['byFamily'],
      { clicks: number; flagged: number },
    ][]) {
      const sum = byFamily[family] ?? { clicks: 0, flagged: 0 };
      byFamily[family] = { clicks: sum.clicks + clicks, flagged: sum.flagged + flagged };
    }
  return {
    clicks: scores.reduce((sum, one) => sum + one.clicks, 0),
    all,
    byRule: Object.fromEntries(
      [...rules].sort().map((rule) => [rule, add(scores.map((one) => one.byRule[rule] ?? none(one.all)))]),
    ),
    byFamily,
    billedError: { tooMuch: all.falseNegatives / valid, tooLittle: all.falsePositives / valid },
  };
}

function scoreLines(title: string, score: Score): string[] {
  const { all, byRule, byFamily, billedError } = score;
  const row = (name: string, matrix: Matrix) =>
    `| ${name} | ${percent(precision(matrix))} | ${percent(recall(matrix))} | ${percent(falsePositiveRate(matrix))} |`;
  return [
    `## ${title}`,
    '',
    `${score.clicks.toLocaleString('en')} clicks.`,
    '',
    '| | flagged | not flagged |',
    '|---|---:|---:|',
    `| invalid | ${all.truePositives} | ${all.falseNegatives} |`,
    `| valid | ${all.falsePositives} | ${all.trueNegatives} |`,
    '',
    `Billed though invalid: ${signed(billedError.tooMuch)} of what should be billed. Not billed though valid: ${signed(billedError.tooLittle)}.`,
    '',
    '| rule | precision | recall | false-positive rate |',
    '|---|---:|---:|---:|',
    row('**together**', all),
    ...Object.entries(byRule).map(([rule, matrix]) => row(rule, matrix)),
    '',
    '| who clicked | clicks | flagged | |',
    '|---|---:|---:|---|',
    ...Object.entries(byFamily).map(
      ([family, { clicks, flagged }]) =>
        `| ${family} | ${clicks} | ${percent(flagged / clicks)} | ${(HELD_OUT as readonly string[]).includes(family) ? 'held out' : ''} |`,
    ),
    '',
  ];
}

/** The report as Markdown. */
export function fraudReport({ synthetic, accessLog, seconds }: FraudBench): string {
  return [
    '# Fraud detection, measured',
    '',
    `Made by \`npm run bench:fraud\` in ${Math.round(seconds)} s. Every click goes through the whole system: guard, rules, ledger, analytics, the rules that look back. What the traffic is, and what the figures mean: docs/fraud.md. A rule's row counts every click that it fired on, alone or with others, in shadow mode too.`,
    '',
    ...synthetic.flatMap(({ name, seeds, scores }) =>
      scoreLines(`Made traffic, ${name} (seeds ${seeds.join(', ')})`, addScores(scores)),
    ),
    ...accessLog.flatMap(({ name, score }) => scoreLines(`The real access log, ${name}`, score)),
  ].join('\n');
}
