import type { Metric } from '@clickledger/contract';
import type { Question } from '../api/questions.js';
import type { Comparison } from '../lib/comparison.js';
import type { Dimension, Filter } from '../lib/filters.js';
import type { Range } from '../lib/range.js';

/** Rows of a breakdown before "all" is chosen. */
export const BREAKDOWN_ROWS = 8;

/** What is broken down on a page: names of the panels and, of those with tabs, the chosen one. */
export type Shown = Record<string, Dimension>;

/** Everything a page of figures asks about a range: one answer each, which change together. */
export function pageQuestions(
  range: Range,
  filters: readonly Filter[],
  comparison: Comparison,
  shown: Shown,
  metrics: readonly Metric[] = [],
): Record<string, Question | null> {
  const { asked, granularity, zone } = range;
  const base = { asked, align: granularity, zone, filters, metrics };
  const { total, whole } = compared(base, comparison);
  return {
    total: { ...base, granularity: 'total' },
    series: { ...base, granularity, fill: true },
    previousTotal: total && { ...total, granularity: 'total' },
    // All of it, also what has not passed yet of this range: it shows what to expect.
    previousSeries: whole && { ...whole, granularity, fill: true },
    ...Object.fromEntries(
      Object.entries(shown).map(([panel, groupBy]) => [
        panel,
        { ...base, granularity: 'total', groupBy, limit: panel === 'places' ? 250 : BREAKDOWN_ROWS },
      ]),
    ),
  };
}

type Base = Pick<Question, 'asked' | 'align' | 'compare' | 'zone' | 'filters' | 'metrics'>;

/** The same of what it is compared with: as much as has passed of the range, and all of it. */
function compared(base: Base, comparison: Comparison): { total: Base | null; whole: Base | null } {
  if (comparison.kind === 'off') return { total: null, whole: null };
  if (comparison.kind === 'custom') {
    const custom = { ...base, asked: { startMs: comparison.fromMs, endMs: comparison.toMs } };
    return { total: custom, whole: custom };
  }
  const compare = comparison.kind === 'year' ? 'previous_year' : 'previous_period';
  return { total: { ...base, compare: `${compare}_to_date` }, whole: { ...base, compare } };
}
