import {
  fromDecimal,
  type Money,
  money,
  perThousand,
  type StatementLine,
  sumOfMoney,
  timesCount,
  toAmountFields,
} from '@clickledger/contract';
import type { BilledLine } from './billed-lines.js';
import type { Totals } from './billing-periods.js';

/** What a line costs. Only impressions are rounded, once a line. */
function costOf(line: BilledLine, billable: number, currency: string): Money {
  const price = money(line.priceMicros, currency);
  if (line.pricingModel === 'cpm') return perThousand(price, line.impressions);
  return timesCount(price, line.pricingModel === 'cpa' ? line.conversions : billable);
}

/** A line with what follows from its counts. */
export function toLine(line: BilledLine, campaignName: string | null, currency: string): StatementLine {
  const billable = line.clicks - line.flagged + line.adjusted;
  return {
    campaign_id: line.campaignId,
    campaign_name: campaignName,
    is_correction: line.isCorrection,
    pricing_model: line.pricingModel,
    price_micros: line.priceMicros,
    cost_per_click_micros: line.pricingModel === 'cpc' ? line.priceMicros : 0,
    clicks: line.clicks,
    flagged: line.flagged,
    adjusted: line.adjusted,
    billable,
    impressions: line.impressions,
    conversions: line.conversions,
    ...toAmountFields(costOf(line, billable, currency)),
    fingerprint: line.fingerprint,
  };
}

/** The sum of some lines, or of some sums, of one currency. */
export function sumOf(lines: readonly Totals[], currency: string): Totals {
  const sum = (of: 'clicks' | 'flagged' | 'adjusted' | 'billable' | 'impressions' | 'conversions') =>
    lines.reduce((total, line) => total + line[of], 0);
  const costs = lines.map(({ cost }) => fromDecimal(cost, currency));
  return {
    clicks: sum('clicks'),
    flagged: sum('flagged'),
    adjusted: sum('adjusted'),
    billable: sum('billable'),
    impressions: sum('impressions'),
    conversions: sum('conversions'),
    ...toAmountFields(sumOfMoney(costs, currency)),
  };
}
