import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { ownSearch, rootRoute } from '../../app/root-route.js';
import { loadAgain } from '../../lib/load-again.js';
import { AUDIT_FILTERS } from './audit-query.js';

export const auditRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/audit',
  validateSearch: ownSearch(...AUDIT_FILTERS, 'older'),
  component: lazyRouteComponent(() => loadAgain(() => import('./AuditPage.js')), 'AuditPage'),
});
