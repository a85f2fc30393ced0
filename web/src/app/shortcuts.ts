import { useNavigate } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import { PRESET_NAMES, PRESETS } from '../lib/presets.js';
import { keepView } from '../state/search.js';
import { useTheme } from '../state/theme.js';
import { useChangeView } from '../state/view.js';
import { usePages } from './may.js';
import { useOverlay } from './overlay.js';

/** Longest time between `g` and the page's key, in milliseconds. */
const GO_MS_MAX = 1_500;

/** Whether keys belong to what has the focus. */
function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
  );
}

/** The keys of the whole dashboard; the help dialog lists them. */
export function useShortcuts(): void {
  const navigate = useNavigate();
  const pages = usePages();
  const changeView = useChangeView();
  const goAt = useRef(0);
  const actions = useRef<(event: KeyboardEvent) => void>(() => {});
  actions.current = (event) => {
    const { shown, show } = useOverlay.getState();
    const command = (event.metaKey || event.ctrlKey) && event.key.toLowerCase() === 'k';
    if (command) {
      event.preventDefault();
      return show(shown === 'search' ? null : 'search');
    }
    const dialogOpen = document.querySelector('dialog[open]') !== null;
    if (isTyping(event.target) || event.metaKey || event.ctrlKey || event.altKey || dialogOpen) return;
    if (event.timeStamp - goAt.current < GO_MS_MAX && goAt.current > 0) {
      goAt.current = 0;
      const page = pages.find(({ key }) => key === event.key);
      if (page) {
        event.preventDefault();
        void navigate({
          to: page.to,
          search: keepView,
        } as never);
      }
      return;
    }
    if (event.key === 'g') {
      goAt.current = event.timeStamp;
      return;
    }
    if (event.key === '/') {
      event.preventDefault();
      return show('search');
    }
    if (event.key === '?') return show('help');
    if (event.key === 'd') {
      const { dark, setTheme } = useTheme.getState();
      return setTheme(dark ? 'light' : 'dark');
    }
    if (event.key === 'x') return void changeView({ filters: [] });
    if (event.key === 'c')
      return void changeView(({ compare }) => ({
        compare: { kind: compare.kind === 'off' ? 'previous' : 'off' },
      }));
    const preset = PRESET_NAMES.find((name) => PRESETS[name].key === event.key);
    if (preset) void changeView({ choice: { preset } });
  };
  useEffect(() => {
    const listen = (event: KeyboardEvent) => actions.current(event);
    document.addEventListener('keydown', listen);
    return () => document.removeEventListener('keydown', listen);
  }, []);
}
