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
