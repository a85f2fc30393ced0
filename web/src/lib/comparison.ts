import { PRESETS, type RangeChoice } from './presets.js';

/** What a range is compared with. Times in milliseconds since 1970. */
export type Comparison =
  | { kind: 'off' | 'previous' | 'year' }
  | { kind: 'custom'; fromMs: number; toMs: number };
export const COMPARE_DEFAULT: Comparison = { kind: 'previous' };

/** What a range is compared with, in words, after "vs". */
export function previousLabel(choice: RangeChoice, comparison: Comparison): string {
  if (comparison.kind === 'custom') return 'custom period';
  if (comparison.kind === 'year') return 'previous year';
  switch (choice.preset) {
    case 'today':
      return 'yesterday by this time';
    case 'yesterday':
      return 'previous day';
    case 'week':
      return 'last week by this time';
    case 'lastweek':
      return 'previous week';
    case 'month':
      return 'last month by this time';
    case 'lastmonth':
      return 'previous month';
    case 'custom':
      return 'previous period';
    default:
      return PRESETS[choice.preset].label.replace('Last', 'previous');
  }
}
