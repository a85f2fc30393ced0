/** Shares of flagged clicks from which a rate is worth a warning, and critical. */
const WARNING_FROM = 0.03;
const CRITICAL_FROM = 0.05;

export type FraudStatus = 'normal' | 'warning' | 'critical';

/** Flagged clicks as a share of all, 0 to 1; 0 without clicks. */
export const fraudRate = (flagged: number, clicks: number): number => (clicks > 0 ? flagged / clicks : 0);

/** How bad a fraud rate (0 to 1) is: warning from 3 %, critical from 5 %. */
export function fraudStatus(rate: number): FraudStatus {
  if (rate >= CRITICAL_FROM) return 'critical';
  return rate >= WARNING_FROM ? 'warning' : 'normal';
}
