import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { rootRoute } from '../../app/root-route.js';

export const fraudRulesRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/fraud/rules',
  component: lazyRouteComponent(() => import('./FraudRulesPage.js'), 'FraudRulesPage'),
});
