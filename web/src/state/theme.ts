import { create } from 'zustand';

export type Theme = 'light' | 'dark' | 'system';
/** Also read by public/theme.js, before the first paint. */
const STORED_AS = 'clickledger.theme';
const systemDark = window.matchMedia('(prefers-color-scheme: dark)');

function stored(): Theme {
  try {
    const theme = localStorage.getItem(STORED_AS);
    return theme === 'light' || theme === 'dark' ? theme : 'system';
  } catch {
    return 'system'; // storage is forbidden: the system's choice holds
  }
}

const darkNow = (theme: Theme) => theme === 'dark' || (theme === 'system' && systemDark.matches);

interface ThemeState {
  theme: Theme;
  /** What is on screen. */
  dark: boolean;
  setTheme(theme: Theme): void;
}

/** Light, dark, or as the system has it. */
export const useTheme = create<ThemeState>((set, get) => {
  const show = () => {
    const dark = darkNow(get().theme);
    document.documentElement.dataset.theme = dark ? 'dark' : 'light';
    set({ dark });
  };
  systemDark.addEventListener('change', show);
  const theme = stored();
  return {
    theme,
    dark: darkNow(theme),
    setTheme: (next) => {
      set({ theme: next });
      try {
        if (next === 'system') localStorage.removeItem(STORED_AS);
        else localStorage.setItem(STORED_AS, next);
      } catch {
        // Kept until the page is closed.
      }
      show();
    },
  };
});
