import { create } from 'zustand';
import type { FilterName, Filters } from '../lib/filters.js';
import type { RangeChoice } from '../lib/range.js';
import { fromSearch, toSearch } from './view-url.js';

/** What the dashboard shows: a range and filters. */
export interface View {
  choice: RangeChoice;
  filters: Filters;
}

interface ViewState extends View {
  setChoice(choice: RangeChoice): void;
  setFilter(name: FilterName, value: string): void;
  removeFilter(name: FilterName): void;
  clearFilters(): void;
}

/** The current view; begins with what the address says. */
export const useView = create<ViewState>((set) => ({
  ...fromSearch(window.location.search),
  setChoice: (choice) => set({ choice }),
  setFilter: (name, value) => set(({ filters }) => ({ filters: { ...filters, [name]: value } })),
  removeFilter: (name) =>
    set(({ filters }) => {
      const { [name]: _, ...rest } = filters;
      return { filters: rest };
    }),
  clearFilters: () => set({ filters: {} }),
}));

/** Keeps the address in step with the view, so that it can be shared. Returns how to stop. */
export function mirrorToAddress(): () => void {
  return useView.subscribe((view) => {
    window.history.replaceState(
      null,
      '',
      `${window.location.pathname}${toSearch(view)}${window.location.hash}`,
    );
  });
}
