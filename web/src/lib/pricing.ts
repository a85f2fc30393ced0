import type { Campaign, PricingModel } from '@clickledger/contract';
import { formatMoneyExact } from './format.js';

interface Pricing {
  /** "CPM" */
  short: string;
  label: string;
  /** The price of a campaign with this model. */
  field: 'cost_per_click_micros' | 'cost_per_thousand_micros' | 'cost_per_conversion_micros';
  /** What is counted, many and none: "impressions". */
  unit: string;
}

/** What a campaign can be billed by. */
export const PRICING: Record<PricingModel, Pricing> = {
  cpc: { short: 'CPC', label: 'Cost per click', field: 'cost_per_click_micros', unit: 'clicks' },
  cpm: {
    short: 'CPM',
    label: 'Cost per 1,000 impressions',
    field: 'cost_per_thousand_micros',
    unit: 'impressions',
  },
  cpa: {
    short: 'CPA',
    label: 'Cost per conversion',
    field: 'cost_per_conversion_micros',
    unit: 'conversions',
  },
};
export const PRICING_MODELS = Object.keys(PRICING) as PricingModel[];

/** The price in force, in millionths. */
export const priceOf = (campaign: Campaign): number => campaign[PRICING[campaign.pricing_model].field];

/** "$0.095"; with its model where that is not CPC: "$2.00 CPM". Never rounded: a price is quoted, and multiplied. */
export const priceText = (micros: number, model: PricingModel): string =>
  model === 'cpm' || model === 'cpa'
    ? `${formatMoneyExact(micros)} ${PRICING[model].short}`
    : formatMoneyExact(micros);
