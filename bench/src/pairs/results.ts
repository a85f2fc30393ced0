import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import type { Build } from './builds.js';
import type { Round } from './figures.js';
import { markdownOf } from './report.js';

export type BuildName = Pick<Build, 'commit' | 'subject'>;

export interface StageResults {
  measuredAt: string;
  rounds: Round[];
  /** What a failed measurement said. */
  failures: string[];
  /** More than fits a table, such as the figures of each question. */
  details: unknown[];
}

export interface Results {
  machine: string;
  before: BuildName;
  after: BuildName;
  /** By name, in the order of the report. */
  stages: Record<string, StageResults>;
}

const nameOf = ({ commit, subject }: BuildName) => ({ commit, subject });

/** The last results in a folder; null when there are none. */
export function readResults(folder: string): Results | null {
  const file = join(folder, 'pairs.json');
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Results) : null;
}

/** Results of these two builds: stages that the folder has of the same two are kept until they are measured again. */
export function resultsFor(folder: string, before: BuildName, after: BuildName): Results {
  const last = readResults(folder);
  const isSame = last?.before.commit === before.commit && last.after.commit === after.commit;
  const machine = `${cpus().length} cores (${cpus()[0]?.model ?? 'unknown'}), ${Math.round(totalmem() / 1e9)} GB, Node.js ${process.version}`;
  const stages = isSame ? last.stages : {};
  return { machine, before: nameOf(before), after: nameOf(after), stages };
}

/** Writes `pairs.json` and `pairs.md`. */
export function writeResults(folder: string, results: Results): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'pairs.json'), `${JSON.stringify(results, null, 1)}\n`);
  writeFileSync(join(folder, 'pairs.md'), markdownOf(results));
}
