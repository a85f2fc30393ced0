import { adminRoutes } from './admin.js';
import { alertRoutes } from './alerts.js';
import { analyticsRoutes } from './analytics.js';
import { attributionRoutes } from './attribution.js';
import { authRoutes } from './auth.js';
import { billingRoutes } from './billing.js';
import { clickRoutes } from './clicks.js';
import { conversionRoutes } from './conversions.js';
import { entityRoutes } from './entities.js';
import { fraudRoutes } from './fraud.js';
import { impressionRoutes } from './impressions.js';
import { keyRoutes } from './keys.js';
import { linkRoutes } from './links.js';
import { memberRoutes } from './members.js';
import { operationRoutes } from './operations.js';
import { postbackRoutes } from './postbacks.js';

/** Every route of the server, in the order of docs/API.md. The server starts with no other, and with none of these missing. */
export const ROUTES = {
  ...clickRoutes,
  ...conversionRoutes,
  ...postbackRoutes,
  ...impressionRoutes,
  ...attributionRoutes,
  ...analyticsRoutes,
  ...entityRoutes,
  ...linkRoutes,
  ...fraudRoutes,
  ...alertRoutes,
  ...billingRoutes,
  ...keyRoutes,
  ...memberRoutes,
  ...authRoutes,
  ...adminRoutes,
  ...operationRoutes,
} as const;

export type Routes = typeof ROUTES;
/** A route by its method and its path, with the names of the parameters: `PATCH /api/v1/campaigns/:campaign_id`. */
export type Action = keyof Routes;
