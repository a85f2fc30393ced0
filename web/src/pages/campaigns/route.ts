import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { ownSearch, rootRoute } from '../../app/root-route.js';
import { loadAgain } from '../../lib/load-again.js';
import { idParams } from '../../lib/path-id.js';

const VIEW_PARTS = ['tab', 'source', 'places', 'all', 'chart', 'sort'] as const;

export const campaignsRoutes = [
  createRoute({
    getParentRoute: () => rootRoute,
    path: '/campaigns',
    validateSearch: ownSearch('q', 'sort', 'status'),
    component: lazyRouteComponent(() => loadAgain(() => import('./CampaignsPage.js')), 'CampaignsPage'),
  }),
  createRoute({
    getParentRoute: () => rootRoute,
    path: '/campaigns/$campaignId',
    params: idParams('campaignId'),
    validateSearch: ownSearch(...VIEW_PARTS),
    component: lazyRouteComponent(() => loadAgain(() => import('./CampaignPage.js')), 'CampaignPage'),
  }),
  createRoute({
    getParentRoute: () => rootRoute,
    path: '/campaigns/$campaignId/ads/$adId',
    params: idParams('campaignId', 'adId'),
    validateSearch: ownSearch(...VIEW_PARTS),
    component: lazyRouteComponent(() => loadAgain(() => import('./AdPage.js')), 'AdPage'),
  }),
];
