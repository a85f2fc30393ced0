import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { rootRoute } from '../../app/root-route.js';
import { loadAgain } from '../../lib/load-again.js';

export const accountRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/account',
  component: lazyRouteComponent(() => loadAgain(() => import('./AccountPage.js')), 'AccountPage'),
});
