import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { ownSearch, rootRoute } from '../../app/root-route.js';
import { isUuid } from '../../lib/filters.js';
import { loadAgain } from '../../lib/load-again.js';

export const conversionsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/conversions',
  // `older`: where the page begins, of the list that `of` names. `conversion`: the one whose details are open.
  validateSearch: ownSearch(
    'tab',
    'model',
    'group',
    'half_life',
    'action',
    'status',
    'reason',
    'order_id',
    'older',
    'of',
    ['conversion', isUuid],
  ),
  component: lazyRouteComponent(() => loadAgain(() => import('./ConversionsPage.js')), 'ConversionsPage'),
});
