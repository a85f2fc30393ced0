import { z } from 'zod';

/** A campaign as the ledger knows it; `name` is null until somebody names it. */
export const Campaign = z.object({
  campaign_id: z.string(),
  advertiser_id: z.string(),
  name: z.string().nullable(),
  status: z.enum(['active', 'paused', 'ended']),
  /** Cost per click in millionths of the account's currency. */
  cost_per_click_micros: z.int(),
  /** Null: no limit. */
  daily_budget_micros: z.int().nullable(),
});
export type Campaign = z.infer<typeof Campaign>;

/** `GET /api/v1/campaigns` */
export const CampaignsReply = z.object({ data: z.array(Campaign) });
export type CampaignsReply = z.infer<typeof CampaignsReply>;
