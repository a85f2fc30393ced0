import type { Link } from '@clickledger/contract';

/** A link for tests. */
export const LINK: Link = {
  link_id: '0198f2a0-0000-7000-8000-00000000000a',
  host: '',
  slug: 'spring',
  tracking_url: 'https://go.example/r/spring',
  name: 'Spring banner',
  ad_id: 'ad-1',
  campaign_id: 'camp-1',
  advertiser_id: 'acme',
  destinations: [{ url: 'https://shop.example/?cid={click_id}', weight: 1 }],
  status: 'active',
  starts_at: '2026-11-01T08:00:30.000Z',
  ends_at: null,
  fallback_url: null,
  pass_parameters: false,
  click_id_parameter: null,
  referrer_policy: 'strict-origin-when-cross-origin',
  allow_http: false,
  allowed_hosts: [],
  signing: 'none',
  signing_keys: [],
  created_at: '2026-11-01T08:00:00.000Z',
};
