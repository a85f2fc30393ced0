import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { rootRoute } from '../../app/root-route.js';
import { loadAgain } from '../../lib/load-again.js';

export const testClicksRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/test-clicks',
  component: lazyRouteComponent(() => loadAgain(() => import('./TestClicksPage.js')), 'TestClicksPage'),
});
