import { createRouter } from '@tanstack/react-router';
import { PageError } from './app/PageError.js';
import { PagePending } from './app/PagePending.js';
import { rootRoute } from './app/root-route.js';
import { accountRoute } from './pages/account/route.js';
import { auditRoute } from './pages/audit/route.js';
import { billingRoute } from './pages/billing/route.js';
import { campaignsRoutes } from './pages/campaigns/route.js';
import { clicksRoute } from './pages/clicks/route.js';
import { conversionsRoute } from './pages/conversions/route.js';
import { fraudRoute } from './pages/fraud/route.js';
import { fraudRulesRoute } from './pages/fraud-rules/route.js';
import { keysRoute } from './pages/keys/route.js';
import { linksRoutes } from './pages/links/route.js';
import { liveRoute } from './pages/live/route.js';
import { membersRoute } from './pages/members/route.js';
import { overviewRoute } from './pages/overview/route.js';
import { privacyRoute } from './pages/privacy/route.js';
import { signInRoutes } from './pages/sign-in/route.js';
import { systemRoute } from './pages/system/route.js';
import { testClicksRoute } from './pages/test-clicks/route.js';
import { parseSearch, stringifySearch } from './state/search.js';

/** A page is a folder in `pages/` with a `route.ts`; it is added here and, for the navigation, in `app/pages.ts`. */
const routeTree = rootRoute.addChildren([
  overviewRoute,
  ...campaignsRoutes,
  ...linksRoutes,
  conversionsRoute,
  liveRoute,
  fraudRoute,
  fraudRulesRoute,
  clicksRoute,
  billingRoute,
  auditRoute,
  privacyRoute,
  testClicksRoute,
  systemRoute,
  keysRoute,
  membersRoute,
  accountRoute,
  ...signInRoutes,
]);

export const router = createRouter({
  routeTree,
  parseSearch,
  stringifySearch,
  defaultPreload: 'intent',
  defaultErrorComponent: PageError,
  defaultPendingComponent: PagePending,
  scrollRestoration: true,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
