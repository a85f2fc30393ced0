import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { rootRoute } from '../../app/root-route.js';

export const testClicksRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/test-clicks',
  component: lazyRouteComponent(() => import('./TestClicksPage.js'), 'TestClicksPage'),
});
