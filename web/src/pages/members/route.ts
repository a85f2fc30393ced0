import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { rootRoute } from '../../app/root-route.js';
import { loadAgain } from '../../lib/load-again.js';

export const membersRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/members',
  component: lazyRouteComponent(() => loadAgain(() => import('./MembersPage.js')), 'MembersPage'),
});
