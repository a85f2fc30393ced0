import type { Dimension } from '@clickledger/contract';
import type { Question } from '../api/questions.js';
import type { Filter } from '../lib/filters.js';
import type { Range } from '../lib/range.js';

/** Rows of a breakdown before "all" is chosen. */
export const BREAKDOWN_ROWS = 8;

/** What is broken down on a page: names of the panels and, of those with tabs, the chosen one. */
export type Shown = Record<string, Dimension>;

/** Everything a page of figures asks about a range: one answer each, which change together. */
export function pageQuestions(
  range: Range,
  filters: readonly Filter[],
  compare: boolean,
  shown: Shown,
): Record<string, Question | null> {
  const { startMs, endMs, granularity, zone, previous, previousEndMs } = range;
  const base = { startMs, endMs, zone, filters };
  return {
    total: { ...base, granularity: 'total' },
    series: { ...base, granularity, fill: true },
    previousTotal: compare ? { ...base, ...previous, granularity: 'total' } : null,
    // All of it, also what has not passed yet of this range: it shows what to expect.
    previousSeries: compare
      ? {
          ...base,
          startMs: previous.startMs,
          endMs: previousEndMs,
          granularity,
          fill: true,
        }
      : null,
    ...Object.fromEntries(
      Object.entries(shown).map(([panel, groupBy]) => [
        panel,
        { ...base, granularity: 'total', groupBy, limit: panel === 'places' ? 250 : BREAKDOWN_ROWS },
      ]),
    ),
  };
}
