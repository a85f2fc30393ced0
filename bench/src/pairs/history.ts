import { appendFileSync, existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { compare } from './figures.js';
import { number } from './report.js';
import type { Results } from './results.js';

/** A column of the history: a figure of a stage. */
interface Column {
  title: string;
  stage: string;
  case: string;
  figure: string;
  /** The ratio told beside the figure. */
  against: 'toBefore' | 'toFloor';
}

const column = (
  title: string,
  [stage, ofCase, figure]: [string, string, string],
  against: Column['against'] = 'toBefore',
): Column => ({ title, stage, case: ofCase, figure, against });

const COLUMNS: Column[] = [
  ...['2,000/s', '5,000/s', '10,000/s'].map((rate) =>
    column(`p99 ms at ${rate} (by floor)`, ['latency', rate, 'p99 ms'], 'toFloor'),
  ),
  ...['server', 'PostgreSQL', 'ClickHouse', 'all'].map((part) =>
    column(`CPU µs a click at 5,000/s: ${part}`, ['latency', '5,000/s', `CPU µs a click: ${part}`]),
  ),
  column('chunk p50 ms', ['latency', '5,000/s', 'chunk p50 ms']),
  column('accepted/s', ['saturation', 'saturation', 'accepted/s']),
  column('fresh p99 ms at 10,000/s', ['freshness', '10,000/s', 'fresh p99 ms']),
  column('batches, clicks/s', ['batches', 'batches of 1,000', 'accepted/s']),
  column('demo s', ['demo', 'demo', 'visible after s']),
  column('rebuild clicks/s', ['rebuild', 'rebuild', 'clicks/s']),
  column('idle, % of a core', ['idle', 'nothing to do', 'all %']),
  column('two clicks a second, %', ['idle', 'two clicks a second', 'all %']),
  column('questions over 100 ms', ['query', 'idle', 'over 100 ms']),
  column('over 60 ms at 5,000/s', ['query', '5,000 clicks/s', 'over 60 ms']),
];

const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |\n`;
const escaped = (text: string) => text.replaceAll('|', '\\|');

/** The row of these results: each figure with its ratio. */
export function historyRow({ before, after, stages }: Results): string {
  const times = Object.values(stages).map(({ measuredAt }) => measuredAt);
  const cells = COLUMNS.map((column) => {
    const found = compare(stages[column.stage]?.rounds ?? []).find(
      (one) => one.case === column.case && one.figure === column.figure,
    );
    if (!found || !Number.isFinite(found.after)) return '–';
    const ratio = found[column.against];
    return ratio ? `${number(found.after)} (${ratio.median.toFixed(2)})` : number(found.after);
  });
  const day = times.sort().at(-1)?.slice(0, 10) ?? '–';
  return line([day, after.commit, escaped(after.subject), before.commit, ...cells]);
}

/** The file without a row. */
export const HISTORY_HEAD = `# History

A row a commit, appended by \`npm run bench:pairs -- --history\`. In parentheses: the ratio to the build it was measured against, in turn, or to an empty handler.

${line(['day', 'commit', 'subject', 'against', ...COLUMNS.map(({ title }) => title)])}${line(['---', '---', '---', '---', ...COLUMNS.map(() => '--:')])}`;

/** Appends a row to `history.md`. */
export function appendHistory(folder: string, results: Results): void {
  const file = join(folder, 'history.md');
  if (!existsSync(file)) writeFileSync(file, HISTORY_HEAD);
  appendFileSync(file, historyRow(results));
}
