import { type MEMBER_ROLES, SCOPES } from './facts.js';

export type Scope = (typeof SCOPES)[number];
type Role = (typeof MEMBER_ROLES)[number];

/** What each role of a member may do. An owner brings clicks only from the dashboard's page of test clicks. */
export const SCOPES_OF_ROLE: Readonly<Record<Role, ReadonlySet<Scope>>> = {
  owner: new Set(SCOPES),
  analyst: new Set<Scope>(['read']),
  advertiser: new Set<Scope>(['read']),
};

/**
 * What a route asks of its caller:
 * - `public`: nothing
 * - a scope of a key or a member
 * - `member`: a session, of any role; no key
 * - `operator_read`, `operator`: a caller of the first tenant who may read, or change, what belongs to the whole system
 */
export type Access = 'public' | Scope | 'member' | 'operator_read' | 'operator';

/** What members with the role `advertiser` may ask of a route, and what they get. Whatever is not named is refused. */
export interface AdvertiserView {
  /** The query parameters that they may use. */
  readonly parameters: readonly string[];
  /** What they may group by. */
  readonly groupBy?: readonly string[];
  /** The fields of the reply, or of what a stream sends, that they get; absent: all. */
  readonly fields?: readonly string[];
}

export interface RouteRule {
  readonly access: Access;
  /** Null: the route is closed to advertisers, unless it is public or every member's. */
  readonly advertiser: AdvertiserView | null;
}

/** Of counts by time and dimension, also in each view of a stream. */
export const ADVERTISER_FIGURES = {
  // Without `fraud_reason` and `not_fraud_reason`: the difference of two counts tells which rule caught whom.
  parameters: [
    'start_time',
    'end_time',
    'granularity',
    'timezone',
    'fill',
    'group_by',
    'limit',
    'offset',
    'order_by',
    'search',
    'campaign_id',
    'not_campaign_id',
    'advertiser_id',
    'not_advertiser_id',
    'ad_id',
    'not_ad_id',
    'country',
    'not_country',
    'device_type',
    'not_device_type',
    'os',
    'not_os',
    'browser',
    'not_browser',
  ],
  groupBy: ['campaign_id', 'advertiser_id', 'ad_id', 'country', 'device_type', 'os', 'browser'],
  // Not what was read for it, nor how long that took: both tell how many clicks others have.
  fields: ['data', 'total_clicks', 'sources'],
} as const satisfies AdvertiserView;
const LIST = ['limit', 'after'];
const NOTHING: AdvertiserView = { parameters: [] };

const closed = <A extends Access>(access: A) => ({ access, advertiser: null });
const open = (advertiser: AdvertiserView) => ({ access: 'read' as const, advertiser });

const PUBLIC = closed('public');
const INGEST = closed('ingest');
const READ = closed('read');
const ADMIN = closed('admin');
const MEMBER = closed('member');
const OPERATOR = closed('operator');
const OPERATOR_READ = closed('operator_read');

/**
 * Who may use which route: the one place where that is said. The server refuses to start with a route that is not in here, and
 * the dashboard offers no page and no control whose route its user may not use.
 */
export const ACCESS_TABLE = {
  'POST /api/v1/clicks': INGEST,
  'POST /api/v1/clicks/batch': INGEST,
  // What a browser asks before it sends a click: a preflight carries no key.
  'OPTIONS /api/v1/clicks': PUBLIC,
  'OPTIONS /api/v1/clicks/batch': PUBLIC,

  'GET /api/v1/analytics/aggregate': open(ADVERTISER_FIGURES),
  'GET /api/v1/analytics/stream': open({ parameters: ['q'] }),
  'GET /api/v1/export/aggregate.csv': open(ADVERTISER_FIGURES),
  'GET /api/v1/export/clicks.csv': READ,
  'GET /api/v1/live': READ,
  'GET /api/v1/clicks': READ,
  'GET /api/v1/clicks/:click_id': READ,
  'POST /api/v1/clicks/:click_id/verdict': ADMIN,
  'POST /api/v1/clicks/verdicts': ADMIN,

  'GET /api/v1/advertisers': open({ parameters: LIST }),
  'GET /api/v1/advertisers/:advertiser_id': open(NOTHING),
  'GET /api/v1/advertisers/:advertiser_id/changes': READ,
  'PUT /api/v1/advertisers/:advertiser_id': ADMIN,
  'PATCH /api/v1/advertisers/:advertiser_id': ADMIN,
  'GET /api/v1/campaigns': open({ parameters: ['advertiser_id', ...LIST] }),
  'GET /api/v1/campaigns/:campaign_id': open(NOTHING),
  'GET /api/v1/campaigns/:campaign_id/changes': READ,
  'PUT /api/v1/campaigns/:campaign_id': ADMIN,
  'PATCH /api/v1/campaigns/:campaign_id': ADMIN,
  'GET /api/v1/ads': open({ parameters: ['campaign_id', ...LIST] }),
  'GET /api/v1/ads/:ad_id': open(NOTHING),
  'GET /api/v1/ads/:ad_id/changes': READ,
  'PUT /api/v1/ads/:ad_id': ADMIN,
  'PATCH /api/v1/ads/:ad_id': ADMIN,

  'GET /api/v1/fraud/summary': READ,
  'GET /api/v1/fraud/offenders': READ,
  'GET /api/v1/fraud/rules': READ,
  'PUT /api/v1/fraud/rules': ADMIN,
  'GET /api/v1/fraud/rules/versions': READ,
  'POST /api/v1/fraud/rules/run': ADMIN,
  'POST /api/v1/fraud/rules/backtest': ADMIN,
  'GET /api/v1/fraud/runs': READ,
  'GET /api/v1/fraud/lists': READ,
  'POST /api/v1/fraud/lists': ADMIN,
  'POST /api/v1/fraud/lists/preview': ADMIN,
  'DELETE /api/v1/fraud/lists/:entry_id': ADMIN,
  'GET /api/v1/fraud/closed-until': READ,
  'PUT /api/v1/fraud/closed-until': ADMIN,

  'GET /api/v1/alerts': READ,
  // Receivers have their tokens in the path of the URL.
  'GET /api/v1/alerts/webhook': ADMIN,
  'PUT /api/v1/alerts/webhook': ADMIN,

  'GET /api/v1/billing/periods': READ,
  'GET /api/v1/billing/periods/:period': READ,
  'POST /api/v1/billing/periods/:period/close': ADMIN,
  'GET /api/v1/billing/statements': READ,
  'GET /api/v1/billing/statements/:statement_id': READ,
  'GET /api/v1/billing/statements/:statement_id/statement.csv': READ,
  'GET /api/v1/billing/statements/:statement_id/verify': READ,

  // Who may come in, with what, and what each of them did: for those who decide it.
  'GET /api/v1/keys': ADMIN,
  'POST /api/v1/keys': ADMIN,
  'POST /api/v1/keys/:key_id/rotate': ADMIN,
  'DELETE /api/v1/keys/:key_id': ADMIN,
  'GET /api/v1/members': ADMIN,
  'POST /api/v1/members/invitations': ADMIN,
  'DELETE /api/v1/members/invitations/:invitation_id': ADMIN,
  'PATCH /api/v1/members/:member_id': ADMIN,
  'DELETE /api/v1/members/:member_id': ADMIN,
  'GET /api/v1/admin/audit': ADMIN,
  'DELETE /api/v1/test-data': ADMIN,

  'GET /api/v1/admin/settings': open({ parameters: [], fields: ['currency', 'billing_zone'] }),
  'PATCH /api/v1/admin/settings': ADMIN,
  'POST /api/v1/admin/privacy/export': ADMIN,
  'POST /api/v1/admin/privacy/erase': ADMIN,
  'POST /api/v1/admin/import': ADMIN,
  'POST /api/v1/admin/import/end': ADMIN,
  // The import command asks for its own tenant; the route refuses others.
  'GET /api/v1/admin/tenants/:slug': ADMIN,

  'GET /api/v1/admin/tenants': OPERATOR,
  'POST /api/v1/admin/tenants': OPERATOR,
  'POST /api/v1/admin/reset-links': OPERATOR,
  'GET /api/v1/admin/stats': OPERATOR_READ,
  'GET /api/v1/admin/reconciliation': OPERATOR_READ,
  'GET /api/v1/admin/rebuild': OPERATOR_READ,
  'POST /api/v1/admin/rebuild': OPERATOR,
  'GET /metrics': OPERATOR_READ,

  // Asked by somebody who is nobody yet.
  'GET /api/v1/auth/me': PUBLIC,
  'POST /api/v1/auth/setup': PUBLIC,
  'POST /api/v1/auth/sign-in': PUBLIC,
  'POST /api/v1/auth/second-factor': PUBLIC,
  'POST /api/v1/auth/sign-out': PUBLIC,
  'POST /api/v1/auth/invitation': PUBLIC,
  'POST /api/v1/auth/invitation/accept': PUBLIC,
  'POST /api/v1/auth/reset/request': PUBLIC,
  'POST /api/v1/auth/reset': PUBLIC,
  'GET /api/v1/auth/oidc/start': PUBLIC,
  'GET /api/v1/auth/oidc/callback': PUBLIC,
  'POST /api/v1/auth/password': MEMBER,
  'POST /api/v1/auth/totp': MEMBER,
  'PUT /api/v1/auth/totp': MEMBER,
  'DELETE /api/v1/auth/totp': MEMBER,

  // Health, the API's description and the dashboard's files: no data of anybody.
  'GET /health': PUBLIC,
  'GET /health/live': PUBLIC,
  'GET /health/ready': PUBLIC,
  'GET /openapi.json': PUBLIC,
  'GET /docs': PUBLIC,
  'GET /docs/': PUBLIC,
  'GET /docs/json': PUBLIC,
  'GET /docs/yaml': PUBLIC,
  'GET /docs/static/*': PUBLIC,
  'GET /docs/static/index.html': PUBLIC,
  'GET /docs/static/swagger-initializer.js': PUBLIC,
  'GET /*': PUBLIC,
} as const satisfies Readonly<Record<string, RouteRule>>;

/** A route by its method and its path, with the names of the parameters: `PATCH /api/v1/campaigns/:campaign_id`. */
export type Action = keyof typeof ACCESS_TABLE;

/** The rule of a route; null when there is none. HEAD is GET without the body. */
export function ruleOf(method: string, path: string): RouteRule | null {
  const action = `${method === 'HEAD' ? 'GET' : method} ${path}`;
  return Object.hasOwn(ACCESS_TABLE, action) ? ACCESS_TABLE[action as Action] : null;
}

/** What the rules ask of somebody who asks. */
export interface Asker {
  readonly scopes: ReadonlySet<Scope>;
  /** Signed in, not by a key. */
  readonly isMember: boolean;
  /** Sees some advertisers alone. */
  readonly isAdvertiser: boolean;
  /** Of the first tenant, which runs the system. */
  readonly isOperator: boolean;
}

/** Whether somebody may use a route with this rule; null: nobody is signed in. */
export function mayUse({ access, advertiser }: RouteRule, asker: Asker | null): boolean {
  if (access === 'public') return true;
  if (asker === null) return false;
  const { scopes, isMember, isAdvertiser, isOperator } = asker;
  if (access === 'member') return isMember;
  if (isAdvertiser) return advertiser !== null && access === 'read' && scopes.has('read');
  if (access === 'operator_read') return isOperator && scopes.has('read');
  if (access === 'operator') return isOperator && scopes.has('admin');
  return scopes.has(access);
}
