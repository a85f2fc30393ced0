import type { StatementLine } from '@clickledger/contract';
import type { BilledLine } from '../ledger/billed-lines.js';
import type { Totals } from '../ledger/billing-periods.js';

/** A line with what follows from its counts. */
export function toLine(line: BilledLine, campaignName: string | null): StatementLine {
  const billable = line.clicks - line.flagged + line.adjusted;
  return {
    campaign_id: line.campaignId,
    campaign_name: campaignName,
    is_correction: line.isCorrection,
    cost_per_click_micros: line.costPerClickMicros,
    clicks: line.clicks,
    flagged: line.flagged,
    adjusted: line.adjusted,
    billable,
    cost_micros: billable * line.costPerClickMicros,
    fingerprint: line.fingerprint,
  };
}

/** The sum of some lines, or of some sums. */
export function sumOf(lines: readonly Totals[]): Totals {
  const sum = (of: keyof Totals) => lines.reduce((total, line) => total + line[of], 0);
  return {
    clicks: sum('clicks'),
    flagged: sum('flagged'),
    adjusted: sum('adjusted'),
    billable: sum('billable'),
    cost_micros: sum('cost_micros'),
  };
}
