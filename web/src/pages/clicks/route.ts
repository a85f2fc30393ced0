import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { ownSearch, rootRoute } from '../../app/root-route.js';
import { loadAgain } from '../../lib/load-again.js';
import { isAddressHash, isClickId } from './log-query.js';

export const clicksRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/clicks',
  // `older`: where the page begins, of the list that `of` names. `click`: the one whose story is open.
  validateSearch: ownSearch(
    ['click_id', isClickId],
    'user_id',
    ['ip_hash', isAddressHash],
    'referrer_host',
    ['flagged', (text) => text === 'true' || text === 'false'],
    'older',
    'of',
    ['click', isClickId],
  ),
  component: lazyRouteComponent(() => loadAgain(() => import('./ClicksPage.js')), 'ClicksPage'),
});
