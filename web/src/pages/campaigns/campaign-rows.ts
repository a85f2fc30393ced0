import type { AggregateRow, Campaign } from '@clickledger/contract';
import { type Figures, figuresOf, NO_FIGURES } from '../../api/questions.js';
import { fraudRate } from '../../lib/fraud.js';

/** A campaign beside its figures of the range. */
export interface CampaignRow extends Figures {
  id: string;
  /** Its name, or its id while it has none. */
  name: string;
  campaign: Campaign;
  fraudRate: number;
  /** What it spent today, in millionths. */
  spentTodayMicros: number;
}

/** Every campaign with its figures, those without clicks too. */
export function toCampaignRows(
  campaigns: readonly Campaign[],
  figures: readonly AggregateRow[],
  today: readonly AggregateRow[],
): CampaignRow[] {
  const byId = new Map(figures.map((row) => [row.campaign_id, row]));
  const spentToday = new Map(today.map((row) => [row.campaign_id, row.cost_micros]));
  return campaigns.map((campaign) => {
    const row = byId.get(campaign.campaign_id);
    const counted = row ? figuresOf(row) : NO_FIGURES;
    return {
      id: campaign.campaign_id,
      name: campaign.name ?? campaign.campaign_id,
      campaign,
      ...counted,
      fraudRate: fraudRate(counted.flagged, counted.clicks),
      spentTodayMicros: spentToday.get(campaign.campaign_id) ?? 0,
    };
  });
}

/** A row for a file, named as the API names its fields; `advertiserName` is null while the advertiser has none. */
export const toCsvRow = (
  { campaign, clicks, users, flagged, billable, spendMicros, ...row }: CampaignRow,
  advertiserName: string | null,
  currency: string,
) => ({
  campaign_id: campaign.campaign_id,
  name: campaign.name,
  advertiser_id: campaign.advertiser_id,
  status: campaign.status,
  clicks,
  unique_users: users,
  fraud_count: flagged,
  billable_count: billable,
  cost_micros: spendMicros,
  cost_per_click_micros: campaign.cost_per_click_micros,
  daily_budget_micros: campaign.daily_budget_micros,
  spent_today_micros: row.spentTodayMicros,
  advertiser_name: advertiserName,
  fraud_rate: row.fraudRate,
  currency,
});
