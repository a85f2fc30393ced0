import { median, table } from '../report/table.js';
import type { Counters } from './floods.js';
import type { Seen } from './neighbor.js';

/** One phase of one round. */
export interface Phase {
  name: string;
  seen: Seen;
  /** Milliseconds until the neighbor's alert was delivered; null where none was called for. */
  alertMs: number | null;
  /** What the flood did, by kind. */
  flood: Record<string, Counters>;
  /** Load average of the machine when the phase ended. */
  load: number;
}

const ms = (value: number) => (Number.isFinite(value) ? value.toFixed(value < 10 ? 1 : 0) : '–');

/** Medians over the rounds, with how many times the quiet phase's they are. */
export function neighborsReport(phases: readonly Phase[]): string {
  const names = [...new Set(phases.map(({ name }) => name))];
  const of = (name: string, pick: (phase: Phase) => number | null): number =>
    median(phases.flatMap((phase) => (phase.name === name ? (pick(phase) ?? []) : [])));
  const cell = (name: string, pick: (phase: Phase) => number | null): string => {
    const value = of(name, pick);
    const ratio = value / of('quiet', pick);
    return name === 'quiet' || !Number.isFinite(ratio) ? ms(value) : `${ms(value)} (${ratio.toFixed(1)}×)`;
  };
  const head = ['flood of the other tenant', 'click p50 ms', 'p99', 'not taken', 'question p50 ms', 'p99'];
  return table(
    [...head, 'failed', 'fresh p50 ms', 'p99', 'stream silent ms', 'alert s'],
    names.map((name) => [
      name,
      ...[cell(name, ({ seen }) => seen.clickP50), cell(name, ({ seen }) => seen.clickP99)],
      String(of(name, ({ seen }) => seen.clicksFailed)),
      ...[cell(name, ({ seen }) => seen.questionP50), cell(name, ({ seen }) => seen.questionP99)],
      String(of(name, ({ seen }) => seen.questionsFailed)),
      ...[cell(name, ({ seen }) => seen.freshP50), cell(name, ({ seen }) => seen.freshP99)],
      cell(name, ({ seen }) => seen.streamGap),
      cell(name, ({ alertMs }) => alertMs && alertMs / 1_000),
    ]),
  );
}
