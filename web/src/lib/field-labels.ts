import { ruleLabel } from './labels.js';

/** The API's names of fields as the forms call them. One that is not here is its name with spaces. */
const LABELS: Readonly<Record<string, string>> = {
  advertiser_id: 'Advertiser',
  advertiser_ids: 'Advertisers',
  ad_id: 'Ad',
  accepted: 'New clicks',
  alert_clicks_min: 'Minimum clicks for an alert',
  alert_critical_percent: 'Critical alert from',
  alert_warning_percent: 'Warning from',
  allow_http: 'Allow http destinations',
  allowed_hosts: 'Allowed hosts for chained links',
  billing_zone: 'Billing time zone',
  by: 'Method',
  campaign_id: 'Campaign',
  click_id_parameter: 'Append the click ID as',
  closed_until: 'Closed until',
  cost_per_click_micros: 'Cost per click',
  daily_budget_micros: 'Daily budget',
  days: 'Days',
  duplicates: 'Duplicate clicks',
  email: 'Email',
  ends_at: 'Ends',
  expires_at: 'Expires',
  fallback_url: 'Fallback URL',
  flagged: 'Flagged clicks',
  from_time: 'From',
  current_password: 'Current password',
  has_second_factor: 'Two-factor authentication',
  issuer_address: 'Issuer address',
  issuer_contact: 'Signed by',
  issuer_name: 'Issuer',
  only_known_campaigns: 'Flag clicks of unknown campaigns',
  origins: 'Allowed origins',
  pass_parameters: 'Pass query parameters',
  payment_days: 'Days to pay',
  payment_note: 'Payment instructions',
  personal_data_days: 'Days personal data is kept',
  requests_per_second: 'Rate limit (requests/s)',
  respect_privacy_signals: 'Honor Sec-GPC and DNT',
  scopes: 'Permissions',
  starts_at: 'Starts',
  tax_label: 'Tax',
  tax_percent: 'Tax rate',
  to_time: 'To',
  // The settings of fraud rules, as their form has them.
  ads_max: 'Ads allowed',
  addresses_max: 'IPs allowed',
  clicks_min: 'Minimum clicks',
  count_max: 'Clicks allowed',
  count_min: 'Minimum clicks/min',
  factor: '× hourly average',
  users_max: 'Users allowed',
  variation_max_percent: 'Maximum gap variation (%)',
  window_minutes: 'Window (minutes)',
  window_seconds: 'Window (seconds)',
};

/** What a field of the API is called: of a rule, the rule's name and the setting's. */
export function fieldLabel(path: readonly string[]): string {
  const words = path.map((name) => LABELS[name] ?? ruleLabel(name));
  return words.length > 1 ? `${words[0]}: ${words.slice(1).join(' ').toLowerCase()}` : (words[0] ?? '');
}
