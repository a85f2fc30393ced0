import { type Caller, DEFAULT_TENANT_ID, type Scope } from './caller.js';

/**
 * What a route asks of its caller: nothing (`public`), a scope, or to be the operator: a caller of the first tenant, whose
 * figures are of the whole system (`operator_read`) or who changes it (`operator`).
 */
export type Access = 'public' | Scope | 'operator_read' | 'operator';

/** What differs from the rule at the end. */
const ROUTES: Readonly<Record<string, Access>> = {
  'POST /api/v1/clicks': 'ingest',
  'POST /api/v1/clicks/batch': 'ingest',
  // What a browser asks before it sends a click; it may carry no key.
  'OPTIONS /api/v1/clicks': 'public',
  'OPTIONS /api/v1/clicks/batch': 'public',
  'GET /api/v1/admin/stats': 'operator_read',
  'GET /api/v1/admin/reconciliation': 'operator_read',
  'GET /metrics': 'operator_read',
  'GET /api/v1/admin/rebuild': 'operator_read',
  'POST /api/v1/admin/rebuild': 'operator',
  // The import command asks for its own tenant; the route refuses others.
  'GET /api/v1/admin/tenants/:slug': 'admin',
  'GET /api/v1/admin/tenants': 'operator',
  'POST /api/v1/admin/tenants': 'operator',
  'POST /api/v1/admin/reset-links': 'operator',
  // Reading who may come in, and with what, is for those who decide it.
  'GET /api/v1/keys': 'admin',
  'GET /api/v1/members': 'admin',
};

/** Each checks for itself who asks: most are asked by somebody who is nobody yet. */
const SIGN_IN = '/api/v1/auth/';
const API = '/api/';

/**
 * What a route asks of its caller. Of a route that nobody thought of: reading needs `read`, anything else `admin`.
 *
 * @param url of the route, with its parameters' names: `/api/v1/ads/:ad_id`
 */
export function accessOf(method: string, url: string): Access {
  const isRead = method === 'GET' || method === 'HEAD';
  const named = ROUTES[`${isRead ? 'GET' : method} ${url}`];
  if (named) return named;
  // Pages, the API's description, health: no data of anybody.
  if (url.startsWith(SIGN_IN) || !url.startsWith(API)) return 'public';
  return isRead ? 'read' : 'admin';
}

/** What a caller who sees only some advertisers may ask. Each of these asks `onlyTheirs` (advertiser-view.ts). */
const FOR_ADVERTISERS = new Set([
  '/api/v1/analytics/aggregate',
  '/api/v1/analytics/stream',
  '/api/v1/export/aggregate.csv',
  '/api/v1/advertisers',
  '/api/v1/advertisers/:advertiser_id',
  '/api/v1/campaigns',
  '/api/v1/campaigns/:campaign_id',
  '/api/v1/ads',
  '/api/v1/ads/:ad_id',
  // Its currency.
  '/api/v1/admin/settings',
]);

/** Whether the caller may use a route at all. */
export function mayUse(caller: Caller, access: Access, url: string): boolean {
  if (access === 'public') return true;
  if (caller.advertiserIds !== null) return access === 'read' && FOR_ADVERTISERS.has(url);
  if (access === 'operator_read') return caller.tenantId === DEFAULT_TENANT_ID && caller.scopes.has('read');
  if (access === 'operator') return caller.tenantId === DEFAULT_TENANT_ID && caller.scopes.has('admin');
  return caller.scopes.has(access);
}
