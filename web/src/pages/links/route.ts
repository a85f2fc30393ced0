import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { ownSearch, rootRoute } from '../../app/root-route.js';
import { loadAgain } from '../../lib/load-again.js';

export const linksRoutes = [
  createRoute({
    getParentRoute: () => rootRoute,
    path: '/links',
    validateSearch: ownSearch('q', 'sort', 'state'),
    component: lazyRouteComponent(() => loadAgain(() => import('./LinksPage.js')), 'LinksPage'),
  }),
  createRoute({
    getParentRoute: () => rootRoute,
    path: '/links/$linkId',
    // `click`: the one whose details are open.
    validateSearch: ownSearch('tab', 'source', 'places', 'all', 'chart', 'click'),
    component: lazyRouteComponent(() => loadAgain(() => import('./LinkPage.js')), 'LinkPage'),
  }),
];
