import {
  fromDecimal,
  money,
  type StatementLine,
  sumOfMoney,
  timesCount,
  toAmountFields,
} from '@clickledger/contract';
import type { BilledLine } from './billed-lines.js';
import type { Totals } from './billing-periods.js';

/** A line with what follows from its counts. */
export function toLine(line: BilledLine, campaignName: string | null, currency: string): StatementLine {
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
    ...toAmountFields(timesCount(money(line.costPerClickMicros, currency), billable)),
    fingerprint: line.fingerprint,
  };
}

/** The sum of some lines, or of some sums, of one currency. */
export function sumOf(lines: readonly Totals[], currency: string): Totals {
  const sum = (of: 'clicks' | 'flagged' | 'adjusted' | 'billable') =>
    lines.reduce((total, line) => total + line[of], 0);
  const costs = lines.map(({ cost }) => fromDecimal(cost, currency));
  return {
    clicks: sum('clicks'),
    flagged: sum('flagged'),
    adjusted: sum('adjusted'),
    billable: sum('billable'),
    ...toAmountFields(sumOfMoney(costs, currency)),
  };
}
