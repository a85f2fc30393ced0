import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { rootRoute } from '../../app/root-route.js';
import { loadAgain } from '../../lib/load-again.js';

export const fraudRulesRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/fraud/rules',
  component: lazyRouteComponent(() => loadAgain(() => import('./FraudRulesPage.js')), 'FraudRulesPage'),
});
