import type { AuditEntry } from '@clickledger/contract';

/** A place in the dashboard. */
export interface Place {
  to: string;
  params?: Record<string, string>;
  search?: Record<string, string>;
}

/** Where what an entry is about can be seen; null where there is no page of it, or it is gone. */
export function placeOf({ action, subject, after, before }: AuditEntry): Place | null {
  const [kind] = action.split('.');
  const campaignId = kind === 'campaign' ? subject : (after?.campaign_id ?? before?.campaign_id);
  switch (kind) {
    case 'campaign':
      return { to: '/campaigns/$campaignId', params: { campaignId: subject } };
    case 'ad':
      return typeof campaignId === 'string'
        ? { to: '/campaigns/$campaignId/ads/$adId', params: { campaignId, adId: subject } }
        : null;
    case 'advertiser':
      return { to: '/campaigns', search: { q: subject } };
    case 'link':
      return { to: '/links/$linkId', params: { linkId: subject } };
    case 'conversion':
      return { to: '/conversions', search: { conversion: subject } };
    case 'conversion_action':
      return { to: '/conversions', search: { tab: 'actions' } };
    case 'postback_secret':
      return { to: '/conversions', search: { tab: 'postbacks' } };
    case 'rules':
    case 'list':
    case 'webhook':
      return { to: '/fraud/rules' };
    case 'period':
      return /^\d{4}-\d{2}$/.test(subject) ? { to: '/billing', search: { month: subject } } : null;
    case 'key':
      return { to: '/keys' };
    case 'member':
      return { to: '/members' };
    case 'user':
      return { to: '/privacy' };
    default:
      return null;
  }
}
