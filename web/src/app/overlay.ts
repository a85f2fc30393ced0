import { create } from 'zustand';

type Overlay = 'search' | 'help';

interface Overlays {
  shown: Overlay | null;
  show: (overlay: Overlay | null) => void;
  /** Closes this one, and no other: a dialog tells late that it was closed, when the next may be open. */
  hide: (overlay: Overlay) => void;
}

/** Which of the dialogs that belong to no page is open. */
export const useOverlay = create<Overlays>((set) => ({
  shown: null,
  show: (shown) => set({ shown }),
  hide: (overlay) => set(({ shown }) => (shown === overlay ? { shown: null } : {})),
}));
