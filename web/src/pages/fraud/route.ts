import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { ownSearch, rootRoute } from '../../app/root-route.js';
import { loadAgain } from '../../lib/load-again.js';

export const fraudRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/fraud',
  // `offenders`: what is listed; `sort`: by which column. `click`: the one whose details are open.
  validateSearch: ownSearch('offenders', 'sort', 'click'),
  component: lazyRouteComponent(() => loadAgain(() => import('./FraudPage.js')), 'FraudPage'),
});
