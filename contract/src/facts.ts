import type { RuleSettings } from './fraud-settings.js';

// Values without a schema beside them: the dashboard uses them, and loads no zod for it.

/** Shares of flagged clicks of a campaign within the last hour at which an alert is raised. */
export const FRAUD_RATE_WARNING = 0.03;
export const FRAUD_RATE_CRITICAL = 0.05;
/** Below this it is over. Lower than the warning, so that a rate at the line doesn't raise one a minute. */
export const FRAUD_RATE_RESOLVED = 0.025;

/** What a credential may do: bring clicks, read figures, change things. */
export const SCOPES = ['ingest', 'read', 'admin'] as const;

/** What a member may do: all; read; read the figures of some advertisers, without what the fraud rules see. */
export const MEMBER_ROLES = ['owner', 'analyst', 'advertiser'] as const;

export const LIST_NAMES = ['block', 'allow'] as const;
export const LIST_KINDS = ['address', 'user', 'user_agent', 'referrer_host'] as const;

/** What can offend. `referrer_host` stands for the publisher. */
export const OFFENDER_KINDS = ['ip_hash', 'user_id', 'ad_id', 'referrer_host', 'campaign_id'] as const;

/** How far back the live page looks, in seconds. */
export const LIVE_WINDOW_SECONDS = 1_800;
/** Newest clicks that the live page is given. */
export const LIVE_CLICKS_MAX = 50;

/** What is in force until a tenant changes it. The velocities are the product's definition. */
export const DEFAULT_RULE_SETTINGS: RuleSettings = {
  bot_user_agent: { state: 'on' },
  headless_browser: { state: 'on' },
  velocity_ip: { state: 'on', count_max: 100, window_seconds: 60 },
  velocity_user: { state: 'on', count_max: 50, window_seconds: 60 },
  duplicate_click: { state: 'on', window_seconds: 3 },
  missing_user_agent: { state: 'on' },
  datacenter_ip: { state: 'on' },
  geo_mismatch: { state: 'on' },
  ad_burst: { state: 'on', factor: 5, count_min: 60 },
  regular_gaps: { state: 'on', clicks_min: 10, variation_max_percent: 10, window_minutes: 120 },
  roaming_user: { state: 'on', addresses_max: 20, window_minutes: 60 },
  // Who reads much, an office or a carrier look the same: to be looked at, not to be billed by, until a tenant decides
  // otherwise. On a real access log, where each page is an ad, many_ads named 8 % of the clicks that look human.
  many_ads: { state: 'shadow', ads_max: 40, window_minutes: 10 },
  shared_address: { state: 'shadow', users_max: 100, window_minutes: 60 },
  crowded_network: { state: 'shadow', addresses_max: 20, window_minutes: 60 },
  odd_publisher: { state: 'shadow', clicks_min: 200, window_minutes: 1_440 },
  low_conversion: { state: 'shadow', clicks_min: 500, window_minutes: 1_440 },
  instant_conversion: { state: 'shadow', seconds_min: 3, window_minutes: 1_440 },
};
