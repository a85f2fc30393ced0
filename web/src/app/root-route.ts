import { createRootRoute } from '@tanstack/react-router';
import { validateView } from '../state/search.js';
import { NotFound, PageError } from './PageError.js';
import { Shell } from './Shell.js';

/** What every page is in. The view (range, zone, filters) belongs to all of them; a page checks its own names itself. */
export const rootRoute = createRootRoute({
  component: Shell,
  errorComponent: PageError,
  notFoundComponent: NotFound,
  validateSearch: (raw: Record<string, unknown>) => validateView(raw),
});

/** Checks a page's own texts in the address: those named, and only as text. */
export const ownSearch =
  (...names: string[]) =>
  (raw: Record<string, unknown>): Record<string, string> =>
    Object.fromEntries(
      names.flatMap((name) => (typeof raw[name] === 'string' ? [[name, raw[name] as string]] : [])),
    );
