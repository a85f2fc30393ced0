import { createRootRoute } from '@tanstack/react-router';
import { noteDropped } from '../state/dropped.js';
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

/** A text of a page's own in the address: any, or one of a form. */
type Own = string | readonly [name: string, isValid: (text: string) => boolean];

/** Checks a page's own texts in the address. What does not have its form is left out, and noted for the reader. */
export const ownSearch =
  (...own: readonly Own[]) =>
  (raw: Record<string, unknown>): Record<string, string | undefined> => {
    const search: Record<string, string | undefined> = {};
    for (const one of own) {
      const [name, isValid] = typeof one === 'string' ? [one, () => true] : one;
      const value = raw[name];
      search[name] = typeof value === 'string' && isValid(value) ? value : undefined;
      if (value !== undefined && search[name] === undefined) noteDropped([`${name}=${String(value)}`]);
    }
    return search;
  };
