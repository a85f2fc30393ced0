import { table } from '../report/table.js';
import { type Comparison, compare, type Spread } from './figures.js';
import type { Results, StageResults } from './results.js';

export function number(value: number): string {
  if (!Number.isFinite(value)) return '–';
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString('en');
  return value.toFixed(Math.abs(value) >= 10 ? 1 : 2);
}

const ratio = (spread: Spread | null) =>
  spread === null ? '–' : `${spread.median.toFixed(2)} (${spread.low.toFixed(2)}–${spread.high.toFixed(2)})`;

function row(one: Comparison, isFirst: boolean): string[] {
  return [
    isFirst ? one.case : '',
    one.figure,
    ...[number(one.before), number(one.after), ratio(one.toBefore)],
    ...[number(one.floor), ratio(one.toFloor)],
  ];
}

function section(name: string, { measuredAt, rounds, failures }: StageResults): string {
  const all = compare(rounds);
  const rows = all.map((one, i) => row(one, one.case !== all[i - 1]?.case));
  const head = ['case', 'figure', 'before', 'after', 'ratio to before', 'floor', 'ratio to floor'];
  const failed = failures.map((line) => `\n- Failed: ${line}`).join('');
  const time = measuredAt.slice(0, 16).replace('T', ' ');
  return `## ${name}\n\n${table(head, rows)}\n\n${rounds.length} rounds, ${time} UTC.${failed}\n`;
}

/** The report: a table a stage. */
export function markdownOf({ machine, before, after, stages }: Results): string {
  return [
    '# Two builds, in turn',
    `Before: ${before.commit}, ${before.subject}. After: ${after.commit}, ${after.subject}.`,
    `${machine}; load generator, server and all stores share them. Figures are medians of the rounds. A ratio is the median of the rounds' ratios, with the lowest and the highest.`,
    ...Object.entries(stages).map(([name, one]) => section(name, one)),
  ].join('\n\n');
}
