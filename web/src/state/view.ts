import { useNavigate, useSearch } from '@tanstack/react-router';
import { useMemo } from 'react';
import type { Filter } from '../lib/filters.js';
import { VIEW_PARAMS, type View, viewOf, viewToSearch } from './search.js';

/** The view in the address. The same object until the address says something else. */
export function useView(): View {
  const search = useSearch({ strict: false }) as Record<string, unknown>;
  const key = JSON.stringify(VIEW_PARAMS.map((name) => search[name]));
  return useMemo(() => viewOf(search), [key]);
}

/** Changes the view: a step that the back button undoes. Other parts of the address (a tab, a sort) stay, but those named in `without`. */
export function useChangeView() {
  const navigate = useNavigate();
  return (
    change: Partial<View> | ((view: View) => Partial<View>),
    { without = [] }: { without?: readonly string[] } = {},
  ) =>
    navigate({
      to: '.',
      resetScroll: false,
      search: (before: Record<string, unknown>) => {
        const view = viewOf(before);
        const next = viewToSearch({ ...view, ...(typeof change === 'function' ? change(view) : change) });
        const others = Object.fromEntries(
          Object.entries(before).filter(([name]) => !VIEW_PARAMS.includes(name) && !without.includes(name)),
        );
        return { ...others, ...next };
      },
    } as Parameters<typeof navigate>[0]);
}

/** Sets parts of the address that belong to one page (a tab, a sort, a search). `undefined` removes one. */
export function useChangeSearch() {
  const navigate = useNavigate();
  return (change: Record<string, string | string[] | undefined>, options: { replace?: boolean } = {}) =>
    navigate({
      to: '.',
      resetScroll: false,
      replace: options.replace ?? false,
      search: (before: Record<string, unknown>) => ({ ...before, ...change }),
    } as Parameters<typeof navigate>[0]);
}

/** One of the page's own texts in the address. */
export function useSearchText(name: string): string | undefined {
  const search = useSearch({ strict: false }) as Record<string, unknown>;
  const value = search[name];
  return typeof value === 'string' ? value : undefined;
}

/** The same filters, whatever the order. */
export const filtersKey = (filters: readonly Filter[]): string => JSON.stringify(filters);
