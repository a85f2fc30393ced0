import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { ownSearch, rootRoute } from '../../app/root-route.js';
import { loadAgain } from '../../lib/load-again.js';

export const overviewRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/',
  validateSearch: ownSearch('tab', 'source', 'places', 'all', 'chart', 'sort'),
  component: lazyRouteComponent(() => loadAgain(() => import('./OverviewPage.js')), 'OverviewPage'),
});
