import type { Weighted } from '@clickledger/traffic';

/** Made-up campaigns; the prefix lets test data be told from real data. */
export const CAMPAIGNS: Weighted<{ campaign_id: string; advertiser_id: string }> = [
  [{ campaign_id: 'demo-spring-sale', advertiser_id: 'demo-shoes' }, 34],
  [{ campaign_id: 'demo-brand-search', advertiser_id: 'demo-shoes' }, 24],
  [{ campaign_id: 'demo-app-install', advertiser_id: 'demo-games' }, 20],
  [{ campaign_id: 'demo-retargeting', advertiser_id: 'demo-travel' }, 14],
  [{ campaign_id: 'demo-newsletter', advertiser_id: 'demo-travel' }, 8],
];
