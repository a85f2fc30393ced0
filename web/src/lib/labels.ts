import { LANDING_DIMENSIONS } from '@clickledger/contract';
import type { Dimension } from './filters.js';

const regions = new Intl.DisplayNames(['en'], { type: 'region', fallback: 'code' });

/** The English name of an ISO 3166-1 alpha-2 code; "Unknown" for an empty one. */
export function countryName(code: string): string {
  if (code === '') return 'Unknown';
  try {
    return regions.of(code) ?? code;
  } catch {
    return code;
  }
}

/** Before the name of a rule that was counted and flags nothing. */
const SHADOW = 'shadow:';

/** Rules whose names say less than they could. */
const RULE_LABELS: Readonly<Record<string, string>> = {
  velocity_ip: 'Clicks per IP',
  velocity_user: 'Clicks per user',
  datacenter_ip: 'Data center IP',
};

/** A rule's name for people: `duplicate_click` as "Duplicate click". */
export function ruleLabel(rule: string): string {
  if (rule === '') return 'Not flagged';
  const label = RULE_LABELS[rule];
  if (label !== undefined) return label;
  if (rule.startsWith(SHADOW)) return `${ruleLabel(rule.slice(SHADOW.length))} (shadow)`;
  const words = rule.replaceAll('_', ' ').replace(/\b(ip|ua|os|id)\b/g, (word) => word.toUpperCase());
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** A value of a dimension as people read it; ids stay as they are. */
export function valueLabel(dimension: Dimension, value: string): string {
  if (dimension === 'fraud_reason') return ruleLabel(value);
  // What a link said nothing of.
  if (value === '' && LANDING_DIMENSIONS.some((one) => one === dimension)) return 'None';
  if (value === '') return 'Unknown';
  if (dimension === 'country') return countryName(value);
  if (dimension === 'device_type' && value === 'tv') return 'TV';
  if (dimension === 'device_type') return value.charAt(0).toUpperCase() + value.slice(1);
  return value;
}
