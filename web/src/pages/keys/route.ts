import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { rootRoute } from '../../app/root-route.js';
import { loadAgain } from '../../lib/load-again.js';

export const keysRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/keys',
  component: lazyRouteComponent(() => loadAgain(() => import('./KeysPage.js')), 'KeysPage'),
});
