import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { ownSearch, rootRoute } from '../../app/root-route.js';
import { loadAgain } from '../../lib/load-again.js';
import { isClickId } from '../clicks/log-query.js';

export const liveRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/live',
  // `show`: by second instead of by minute. `click`: the one whose story is open.
  validateSearch: ownSearch('show', ['click', isClickId]),
  component: lazyRouteComponent(() => loadAgain(() => import('./LivePage.js')), 'LivePage'),
});
