import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { ownSearch, rootRoute } from '../../app/root-route.js';
import { loadAgain } from '../../lib/load-again.js';

const links = () => loadAgain(() => import('./LinkPages.js'));
const page = (
  path: '/setup' | '/invitation' | '/reset',
  name: 'SetupPage' | 'InvitationPage' | 'ResetPage',
) => createRoute({ getParentRoute: () => rootRoute, path, component: lazyRouteComponent(links, name) });

/** The pages that are seen before anybody is signed in. */
export const signInRoutes = [
  createRoute({
    getParentRoute: () => rootRoute,
    path: '/sign-in',
    validateSearch: ownSearch('oidc', 'tenants'),
    component: lazyRouteComponent(() => loadAgain(() => import('./SignInPage.js')), 'SignInPage'),
  }),
  page('/setup', 'SetupPage'),
  page('/invitation', 'InvitationPage'),
  page('/reset', 'ResetPage'),
] as const;
