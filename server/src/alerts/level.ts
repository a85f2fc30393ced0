import { FRAUD_RATE_CRITICAL, FRAUD_RATE_RESOLVED, FRAUD_RATE_WARNING } from '@clickledger/contract';
import type { Level } from '../ledger/alerts.js';

/** A rate of fewer clicks than this says nothing. */
export const CLICKS_MIN = 100;

/**
 * The alert that a campaign's last hour calls for, given its last one; null: none. A level is told once; a critical one that
 * falls below its line is told again only when it is over.
 */
export function alertFor(
  hour: { clicks: number; fraudCount: number },
  last: Level | undefined,
): Level | null {
  const isOpen = last === 'warning' || last === 'critical';
  if (hour.clicks < CLICKS_MIN) return null;
  const rate = hour.fraudCount / hour.clicks;
  if (rate >= FRAUD_RATE_CRITICAL) return last === 'critical' ? null : 'critical';
  if (rate >= FRAUD_RATE_WARNING) return isOpen ? null : 'warning';
  return isOpen && rate < FRAUD_RATE_RESOLVED ? 'resolved' : null;
}
