import type { LoggedClick } from '@clickledger/contract';
import { QUERY_LIMITS } from '../client.js';

/** The columns of a logged click, as `toLoggedClick` expects them. */
export const CLICK_COLUMNS = `click_id, clicked_at, received_at, advertiser_id, campaign_id, ad_id, user_id, ip_hash,
  country, device_type, os, browser, domain(referrer) AS referrer_host, is_fraudulent, fraud_reason, fraud_reasons, cost_micros, link_id, landing`;

/** Times as ISO 8601 in UTC, whole numbers as numbers. */
export const CLICK_SETTINGS = {
  ...QUERY_LIMITS,
  date_time_output_format: 'iso',
  output_format_json_quote_64bit_integers: 0,
} as const;

/** A row of `CLICK_COLUMNS`, format JSONEachRow. */
export type ClickRow = Omit<
  LoggedClick,
  'user_id' | 'ip_hash' | 'is_fraudulent' | 'fraud_reason' | 'fraud_reasons' | 'link_id'
> & {
  link_id: string;
  user_id: string;
  ip_hash: string;
  is_fraudulent: 0 | 1;
  fraud_reason: string;
  fraud_reasons: string;
};

/** A click of the API: what analytics keeps as an empty text is null where the contract says so. */
export const toLoggedClick = (row: ClickRow): LoggedClick => ({
  click_id: row.click_id,
  clicked_at: row.clicked_at,
  received_at: row.received_at,
  advertiser_id: row.advertiser_id,
  campaign_id: row.campaign_id,
  ad_id: row.ad_id,
  user_id: row.user_id || null,
  ip_hash: row.ip_hash || null,
  country: row.country,
  device_type: row.device_type,
  os: row.os,
  browser: row.browser,
  referrer_host: row.referrer_host,
  is_fraudulent: row.is_fraudulent === 1,
  fraud_reason: row.fraud_reason || null,
  fraud_reasons: row.fraud_reasons === '' ? [] : row.fraud_reasons.split(','),
  cost_micros: Number(row.cost_micros),
  link_id: row.link_id || null,
  landing: row.landing,
});
