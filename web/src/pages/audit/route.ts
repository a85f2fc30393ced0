import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { ownSearch, rootRoute } from '../../app/root-route.js';
import { loadAgain } from '../../lib/load-again.js';

export const auditRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/audit',
  // `older`: where the page begins.
  validateSearch: ownSearch('kind', 'actor', 'subject', 'older'),
  component: lazyRouteComponent(() => loadAgain(() => import('./AuditPage.js')), 'AuditPage'),
});
