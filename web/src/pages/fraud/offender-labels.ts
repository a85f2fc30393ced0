import type { OffenderKind } from '@clickledger/contract';

/** What can offend, as tabs; `referrer_host` is the publisher's. */
export const OFFENDER_LABELS: Record<OffenderKind, { one: string; many: string }> = {
  ip_hash: { one: 'Address hash', many: 'Addresses' },
  user_id: { one: 'User', many: 'Users' },
  ad_id: { one: 'Ad', many: 'Ads' },
  referrer_host: { one: 'Publisher', many: 'Publishers' },
  campaign_id: { one: 'Campaign', many: 'Campaigns' },
};
