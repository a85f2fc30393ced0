import { z } from 'zod';
import { countField, filterField, nameField, newIdField } from './fields.js';
import { LIMITS } from './limits.js';

/** What a campaign is billed by: clicks, thousand impressions, or conversions. */
export const PRICING_MODELS = ['cpc', 'cpm', 'cpa'] as const;
export type PricingModel = (typeof PRICING_MODELS)[number];

export const STATUSES = ['active', 'paused', 'ended'] as const;

/** An advertiser; `name` is null until somebody names it, here and below. */
export const Advertiser = z.object({
  advertiser_id: z.string(),
  name: z.string().nullable(),
  created_at: z.iso.datetime(),
});
export type Advertiser = z.infer<typeof Advertiser>;

/** A campaign as the ledger knows it. */
export const Campaign = z.object({
  campaign_id: z.string(),
  advertiser_id: z.string(),
  name: z.string().nullable(),
  status: z.enum(STATUSES),
  /** What it is billed by. The prices of the other models are kept, and cost nothing. */
  pricing_model: z.enum(PRICING_MODELS),
  /** Cost per click in millionths of the account's currency; of a campaign with the model `cpc`. Likewise the two below. */
  cost_per_click_micros: z.int(),
  /** Of 1,000 impressions: `cpm`. */
  cost_per_thousand_micros: z.int(),
  /** Of a conversion that is attributed to a click of the campaign: `cpa`. */
  cost_per_conversion_micros: z.int(),
  /** For one day of the account's `billing_zone`. Null: no limit. */
  daily_budget_micros: z.int().nullable(),
  created_at: z.iso.datetime(),
});
export type Campaign = z.infer<typeof Campaign>;

export const Ad = z.object({
  ad_id: z.string(),
  campaign_id: z.string(),
  name: z.string().nullable(),
  status: z.enum(STATUSES),
  created_at: z.iso.datetime(),
});
export type Ad = z.infer<typeof Ad>;

const page = {
  limit: countField(LIMITS.entitiesMax, LIMITS.entitiesMax),
  after: filterField().optional().describe('`next_after` of the page before'),
};
export const AdvertisersQuery = z.strictObject(page);
export const CampaignsQuery = z.strictObject({ advertiser_id: filterField().optional(), ...page });
export const AdsQuery = z.strictObject({ campaign_id: filterField().optional(), ...page });
export type AdvertisersQuery = z.infer<typeof AdvertisersQuery>;
export type CampaignsQuery = z.infer<typeof CampaignsQuery>;
export type AdsQuery = z.infer<typeof AdsQuery>;

/** Where the next page begins: give it as `after`. Null on the last page. */
const next_after = z.string().nullable();
export const AdvertisersReply = z.object({ data: z.array(Advertiser), next_after });
/** `GET /api/v1/campaigns` */
export const CampaignsReply = z.object({ data: z.array(Campaign), next_after });
export type CampaignsReply = z.infer<typeof CampaignsReply>;
export const AdsReply = z.object({ data: z.array(Ad), next_after });

const name = nameField();
const status = z.enum(STATUSES, { error: `Expected ${STATUSES.join(', ')}` });
const micros = (max: number) =>
  z
    .int('Expected a whole number of millionths')
    .min(0, 'Must not be negative')
    .max(max, `At most ${max} millionths`);
const parentId = () => newIdField();
const campaignFields = {
  name,
  status,
  pricing_model: z.enum(PRICING_MODELS, { error: `Expected ${PRICING_MODELS.join(', ')}` }),
  cost_per_click_micros: micros(LIMITS.costPerClickMicrosMax),
  cost_per_thousand_micros: micros(LIMITS.costPerThousandMicrosMax),
  cost_per_conversion_micros: micros(LIMITS.costPerConversionMicrosMax),
  daily_budget_micros: micros(LIMITS.dailyBudgetMicrosMax).nullable(),
};

const someField = (change: object) => Object.keys(change).length > 0;
const NOTHING = { message: 'Name at least one field to change' };
/** The body of `PATCH /campaigns/:id`: only the fields to change. Price and advertiser count for clicks stored from then on. */
export const CampaignChange = z
  .strictObject({ ...campaignFields, advertiser_id: parentId() })
  .partial()
  .refine(someField, NOTHING);
export const AdChange = z.strictObject({ name, status }).partial().refine(someField, NOTHING);
export const AdvertiserChange = z.strictObject({ name }).partial().refine(someField, NOTHING);
export type CampaignChange = z.infer<typeof CampaignChange>;
export type AdChange = z.infer<typeof AdChange>;

/** The body of `PUT /campaigns/:id`: sets a campaign up, also before its first click. */
export const CampaignSetUp = z.strictObject({
  advertiser_id: parentId(),
  name: campaignFields.name.default(null),
  status: status.default('active'),
  pricing_model: campaignFields.pricing_model.default('cpc'),
  cost_per_click_micros: campaignFields.cost_per_click_micros.default(0),
  cost_per_thousand_micros: campaignFields.cost_per_thousand_micros.default(0),
  cost_per_conversion_micros: campaignFields.cost_per_conversion_micros.default(0),
  daily_budget_micros: campaignFields.daily_budget_micros.default(null),
});
export const AdSetUp = z.strictObject({
  campaign_id: parentId(),
  name: name.default(null),
  status: status.default('active'),
});
export const AdvertiserSetUp = z.strictObject({ name: name.default(null) });
export type CampaignSetUp = z.infer<typeof CampaignSetUp>;
export type AdSetUp = z.infer<typeof AdSetUp>;
export type AdvertiserSetUp = z.infer<typeof AdvertiserSetUp>;

/** One field of a campaign, ad or advertiser that was changed, for audit. */
export const EntityChange = z.object({
  changed_at: z.iso.datetime(),
  /** Who: the API key's name; `protected mode` while the server is open. */
  changed_by: z.string(),
  field: z.string(),
  /** As text; null when there was none. */
  old_value: z.string().nullable(),
  new_value: z.string().nullable(),
});
export type EntityChange = z.infer<typeof EntityChange>;
/** Newest first, at most `LIMITS.changesMax`. */
export const ChangesReply = z.object({ data: z.array(EntityChange) });
export type ChangesReply = z.infer<typeof ChangesReply>;
