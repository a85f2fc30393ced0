import type { OffenderKind } from '@clickledger/contract';

/** What offenders are listed by; a referrer host is a publisher. */
export const OFFENDER_LABELS: Record<OffenderKind, { one: string; many: string }> = {
  ip_hash: { one: 'IP hash', many: 'IPs' },
  user_id: { one: 'User', many: 'Users' },
  ad_id: { one: 'Ad', many: 'Ads' },
  referrer_host: { one: 'Publisher', many: 'Publishers' },
  campaign_id: { one: 'Campaign', many: 'Campaigns' },
};
