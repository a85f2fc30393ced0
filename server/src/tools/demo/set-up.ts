import type { AdSetUp, AdvertiserSetUp, CampaignSetUp } from '@clickledger/contract';
import { ADVERTISERS, adId, CAMPAIGNS } from './catalogue.js';
import { DAYS, type DemoPlan } from './plan.js';

/** `PUT` of one entity: its path under /api/v1, and the body. */
export type Put = (path: string, body: CampaignSetUp | AdSetUp | AdvertiserSetUp) => Promise<unknown>;

/** Names, prices and budgets, before the first click: a click keeps the price of its moment. */
export async function setUpEntities(put: Put, plan: DemoPlan): Promise<void> {
  for (const [id, name] of Object.entries(ADVERTISERS)) await put(`advertisers/${id}`, { name });
  for (const [i, campaign] of CAMPAIGNS.entries()) {
    await put(`campaigns/${campaign.campaignId}`, campaignBody(plan, i));
    for (const [k, name] of campaign.ads.entries())
      await put(`ads/${adId(campaign, k)}`, {
        campaign_id: campaign.campaignId,
        name,
        status: campaign.toDay >= DAYS ? 'active' : 'ended',
      });
  }
}

function campaignBody(plan: DemoPlan, i: number): CampaignSetUp {
  const campaign = CAMPAIGNS[i] as (typeof CAMPAIGNS)[number];
  return {
    advertiser_id: campaign.advertiserId,
    name: campaign.name,
    status: campaign.toDay >= DAYS ? 'active' : 'ended',
    pricing_model: 'cpc',
    cost_per_click_micros: campaign.costPerClickMicros,
    cost_per_thousand_micros: 0,
    cost_per_conversion_micros: 0,
    daily_budget_micros: plan.dailyBudgetsMicros[i] ?? null,
  };
}
