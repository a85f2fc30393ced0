import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { ownSearch, rootRoute } from '../../app/root-route.js';
import { loadAgain } from '../../lib/load-again.js';

export const billingRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/billing',
  // `month`: the one that is shown. `older`: where the list of statements begins.
  validateSearch: ownSearch('month', 'older'),
  component: lazyRouteComponent(() => loadAgain(() => import('./BillingPage.js')), 'BillingPage'),
});
