import { create } from 'zustand';

/** What of the address meant nothing and was left out, as `name=value`. */
export const useDropped = create<{ dropped: readonly string[]; clear: () => void }>((set) => ({
  dropped: [],
  clear: () => set({ dropped: [] }),
}));

/** Notes what an address had wrong. Addresses are read while pages render, so it is shown right after. */
export function noteDropped(more: readonly string[]): void {
  if (more.length === 0) return;
  queueMicrotask(() =>
    useDropped.setState(({ dropped }) =>
      more.every((one) => dropped.includes(one)) ? {} : { dropped: [...new Set([...dropped, ...more])] },
    ),
  );
}
