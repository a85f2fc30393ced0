import { create } from 'zustand';

type Overlay = 'search' | 'help' | null;

/** Which of the dialogs that belong to no page is open. */
export const useOverlay = create<{ shown: Overlay; show: (overlay: Overlay) => void }>((set) => ({
  shown: null,
  show: (shown) => set({ shown }),
}));
