import type { OffendersReply } from '@clickledger/contract';

export type Offender = OffendersReply['data'][number];
/** Columns that the list can be sorted by. */
export const OFFENDER_SORTS = ['flagged', 'share', 'saved_micros', 'first_seen', 'last_seen'] as const;
export type OffenderSort = (typeof OFFENDER_SORTS)[number];

export interface Sorting {
  by: OffenderSort;
  direction: 'asc' | 'desc';
}
export const SORT_DEFAULT: Sorting = { by: 'flagged', direction: 'desc' };

/** `saved_micros.asc` of an address; the default for anything else. */
export function sortingOf(text: string | undefined): Sorting {
  const [name, direction] = (text ?? '').split('.');
  const by = OFFENDER_SORTS.find((one) => one === name);
  return by ? { by, direction: direction === 'asc' ? 'asc' : 'desc' } : SORT_DEFAULT;
}

/** The sorting after a click on a column: the most or latest first, and the other way around the second time. */
export const nextSorting = (now: Sorting, by: OffenderSort): Sorting => ({
  by,
  direction: now.by === by && now.direction === 'desc' ? 'asc' : 'desc',
});

/** The offenders in an order; equal ones stay as the server has them. */
export function sortOffenders(rows: readonly Offender[], { by, direction }: Sorting): Offender[] {
  const sign = direction === 'asc' ? 1 : -1;
  const figureOf = (row: Offender) =>
    by === 'first_seen' || by === 'last_seen' ? Date.parse(row[by]) : row[by];
  return [...rows].sort((a, b) => sign * (figureOf(a) - figureOf(b)));
}
