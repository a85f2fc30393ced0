import { FRAUD_RATE_RESOLVED, FRAUD_RATE_WARNING } from '@clickledger/contract';
import type { AlertLimits, Level } from './alerts-table.js';

/** Of the warning's share: an alert is over below it, so that a rate at the line does not raise one a minute. */
const RESOLVED_OF_WARNING = FRAUD_RATE_RESOLVED / FRAUD_RATE_WARNING;

/**
 * The alert that a campaign's last hour calls for, given its last one; null: none. A level is told once; a critical one that
 * falls below its line is told again only when it is over.
 */
export function alertFor(
  hour: { clicks: number; fraudCount: number },
  last: Level | undefined,
  limits: AlertLimits,
): Level | null {
  const isOpen = last === 'warning' || last === 'critical';
  if (hour.clicks < limits.clicksMin) return null;
  const rate = hour.fraudCount / hour.clicks;
  if (rate >= limits.critical) return last === 'critical' ? null : 'critical';
  if (rate >= limits.warning) return isOpen ? null : 'warning';
  return isOpen && rate < limits.warning * RESOLVED_OF_WARNING ? 'resolved' : null;
}
