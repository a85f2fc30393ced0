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
  /** What they may ask for in `metrics`. */
  readonly metrics?: readonly string[];
  /** The fields of the reply, or of what a stream sends, that they get; absent: all. */
  readonly fields?: readonly string[];
}

export interface RouteRule {
  readonly access: Access;
  /** Null: the route is closed to advertisers, unless it is public or every member's. */
  readonly advertiser: AdvertiserView | null;
}

const LANDING_OF_ADVERTISERS = [
  'link_id',
  'utm_source',
  'utm_medium',
  'utm_campaign',
  'utm_term',
  'utm_content',
] as const;

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
    // Without `sub1` to `sub5`: whoever places links keeps there what is theirs.
    ...LANDING_OF_ADVERTISERS,
    ...LANDING_OF_ADVERTISERS.map((name) => `not_${name}` as const),
    // Without `attribution`: it tells which conversions flagged clicks had.
    'metrics',
    'conversion_time',
    'action',
  ],
  // Not those without a click: nobody knows whose they are.
  metrics: [
    ...['conversions', 'conversion_values', 'cvr', 'cpa', 'roas'],
    ...['impressions', 'ctr', 'spend', 'cpm', 'ecpc'],
  ],
  groupBy: [
    'campaign_id',
    'advertiser_id',
    'ad_id',
    'country',
    'device_type',
    'os',
    'browser',
    ...LANDING_OF_ADVERTISERS,
  ],
  // Not what was read for it, nor how long that took: both tell how many clicks others have.
  fields: ['start_time', 'end_time', 'data', 'total_clicks', 'sources'],
} as const satisfies AdvertiserView;

/** The same of a range that may move with the clock. */
export const ADVERTISER_QUESTIONS = {
  ...ADVERTISER_FIGURES,
  parameters: [...ADVERTISER_FIGURES.parameters, 'range', 'align', 'compare'],
} as const satisfies AdvertiserView;

const NOT_OF_TIME_TO_CONVERT: readonly string[] = [
  ...['granularity', 'timezone', 'fill', 'group_by', 'limit', 'offset', 'order_by', 'search', 'metrics'],
];
/** The same of how long conversions take. */
export const ADVERTISER_TIME_TO_CONVERT: readonly string[] = ADVERTISER_FIGURES.parameters.filter(
  (name) => !NOT_OF_TIME_TO_CONVERT.includes(name),
);

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
