import type { AggregateRow, Campaign } from '@clickledger/contract';
import { type Figures, figuresOf, NO_FIGURES } from '../../api/questions.js';
import { fraudRate } from '../../lib/fraud.js';
import { cpaOf, cvrOf, roasOf } from '../../lib/rates.js';

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

/** What a file says of figures for people, named as in the API's own exports: there is no rate without clicks. */
export const figuresForPeople = ({ clicks, flagged, spendMicros }: Figures, currency: string) => ({
  fraud_rate: clicks > 0 ? Math.round(fraudRate(flagged, clicks) * 1_000_000) / 1_000_000 : null,
  cost: spendMicros / 1_000_000,
  currency,
});

const rounded = (rate: number | null) => (rate === null ? null : Math.round(rate * 1_000_000) / 1_000_000);
const inUnits = (micros: number | null) => (micros === null ? null : rounded(micros / 1_000_000));
/** What a file says of conversions, in an account that has some; the value is in the account's currency. */
export const conversionCells = (figures: Figures) => ({
  conversions: figures.conversions,
  conversion_value: figures.valueMicros / 1_000_000,
  cvr: rounded(cvrOf(figures)),
  cpa: inUnits(cpaOf(figures)),
  roas: rounded(roasOf(figures)),
});

/**
 * A row for a file, named as the API names its fields.
 *
 * @param advertiserName null while the advertiser has none
 */
export const toCsvRow = (row: CampaignRow, advertiserName: string | null, currency: string) => ({
  campaign_id: row.campaign.campaign_id,
  name: row.campaign.name,
  advertiser_id: row.campaign.advertiser_id,
  status: row.campaign.status,
  clicks: row.clicks,
  unique_users: row.users,
  fraud_count: row.flagged,
  billable_count: row.billable,
  cost_micros: row.spendMicros,
  cost_per_click_micros: row.campaign.cost_per_click_micros,
  daily_budget_micros: row.campaign.daily_budget_micros,
  spent_today_micros: row.spentTodayMicros,
  advertiser_name: advertiserName,
  ...figuresForPeople(row, currency),
});
