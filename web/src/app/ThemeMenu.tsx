import { Monitor, Moon, Sun } from 'lucide-react';
import { type Theme, useTheme } from '../state/theme.js';
import { Button } from '../ui/Button.js';

const NEXT: Record<Theme, Theme> = { system: 'light', light: 'dark', dark: 'system' };
const ICONS = { system: Monitor, light: Sun, dark: Moon };

/** Goes through the system's theme, light and dark. */
export function ThemeMenu() {
  const { theme, setTheme } = useTheme();
  const Icon = ICONS[theme];
  return (
    <Button
      kind="quiet"
      size="icon"
      data-testid="theme"
      aria-label={`Theme: ${theme}. Change to ${NEXT[theme]}`}
      title={`Theme: ${theme}`}
      onClick={() => setTheme(NEXT[theme])}
    >
      <Icon aria-hidden="true" />
    </Button>
  );
}
