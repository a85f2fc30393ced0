import { z } from 'zod';
import {
  Ad,
  AdChange,
  AdSetUp,
  AdsQuery,
  AdsReply,
  Advertiser,
  AdvertiserChange,
  AdvertiserSetUp,
  AdvertisersQuery,
  AdvertisersReply,
  Campaign,
  CampaignChange,
  CampaignSetUp,
  CampaignsQuery,
  CampaignsReply,
  ChangesReply,
} from '../entities.js';
import { filterField, newIdField } from '../fields.js';
import { notFound, type RouteGroup, reply } from '../route.js';

const PAGE = ['limit', 'after'] as const;
const PRICE = ' A price counts for the clicks stored from then on.';
const A_PAGE = { query: { limit: 20 } };

const id = (one: string) => filterField().describe(`Of ${one}`);
const newId = (one: string) => newIdField().describe(`Of ${one}`);

const list = <Q extends z.ZodType, R extends z.ZodType>(
  many: string,
  parameters: readonly string[],
  query: Q,
  page: R,
) => ({
  access: 'read' as const,
  advertiser: { parameters },
  summary: `The ${many} seen in clicks or set up, by id`,
  query,
  replies: { 200: reply('A page.', page) },
  example: A_PAGE,
});

/** The routes of one campaign, ad or advertiser. */
function routesOf<
  P extends z.ZodObject,
  E extends z.ZodType,
  S extends z.ZodType,
  C extends z.ZodType,
>(kind: {
  /** `a campaign`. */
  one: string;
  params: P;
  /** An older id may be one that no new one may be. */
  newParams: P;
  entity: E;
  setUp: S;
  change: C;
  note?: string;
  example: Record<'params' | 'setUp' | 'change', Record<string, string | number>>;
}) {
  const { one, params, newParams, entity, note = '', example } = kind;
  return {
    lookUp: {
      access: 'read' as const,
      advertiser: { parameters: [] as string[] },
      summary: `Look up ${one}`,
      params,
      replies: { 200: reply('It.', entity), 404: notFound },
      example: { params: example.params },
    },
    setUp: {
      access: 'admin' as const,
      summary: `Set up ${one}, also before the first click`,
      description: `Makes it, or replaces what is said of it; every change is kept.${note}`,
      params: newParams,
      body: kind.setUp,
      replies: { 200: reply('As it is now.', entity) },
      example: { params: example.params, body: example.setUp },
    },
    change: {
      access: 'admin' as const,
      summary: `Change ${one}`,
      description: `Only the fields named; every change is kept.${note}`,
      params,
      body: kind.change,
      replies: { 200: reply('As it is now.', entity), 404: notFound },
      example: { params: example.params, body: example.change },
    },
    changes: {
      access: 'read' as const,
      summary: `Who changed what of ${one}, and when`,
      params,
      replies: { 200: reply('Newest first.', ChangesReply) },
      example: { params: example.params },
    },
  };
}

const campaign = routesOf({
  one: 'a campaign',
  params: z.object({ campaign_id: id('a campaign') }),
  newParams: z.object({ campaign_id: newId('a campaign') }),
  entity: Campaign,
  setUp: CampaignSetUp,
  change: CampaignChange,
  note: PRICE,
  example: {
    params: { campaign_id: 'camp-1' },
    setUp: { advertiser_id: 'adv-1', name: 'Spring', cost_per_click_micros: 250_000 },
    change: { daily_budget_micros: 50_000_000 },
  },
});
const ad = routesOf({
  one: 'an ad',
  params: z.object({ ad_id: id('an ad') }),
  newParams: z.object({ ad_id: newId('an ad') }),
  entity: Ad,
  setUp: AdSetUp,
  change: AdChange,
  example: {
    params: { ad_id: 'ad-1' },
    setUp: { campaign_id: 'camp-1', name: 'Banner' },
    change: { status: 'paused' },
  },
});
const advertiser = routesOf({
  one: 'an advertiser',
  params: z.object({ advertiser_id: id('an advertiser') }),
  newParams: z.object({ advertiser_id: newId('an advertiser') }),
  entity: Advertiser,
  setUp: AdvertiserSetUp,
  change: AdvertiserChange,
  example: {
    params: { advertiser_id: 'adv-1' },
    setUp: { name: 'Acme' },
    change: { name: 'Acme Shoes' },
  },
});

/** Campaigns, ads and advertisers. */
export const entityRoutes = {
  'GET /api/v1/campaigns': list('campaigns', ['advertiser_id', ...PAGE], CampaignsQuery, CampaignsReply),
  'GET /api/v1/campaigns/:campaign_id': campaign.lookUp,
  'PUT /api/v1/campaigns/:campaign_id': campaign.setUp,
  'PATCH /api/v1/campaigns/:campaign_id': campaign.change,
  'GET /api/v1/campaigns/:campaign_id/changes': campaign.changes,
  'GET /api/v1/ads': list('ads', ['campaign_id', ...PAGE], AdsQuery, AdsReply),
  'GET /api/v1/ads/:ad_id': ad.lookUp,
  'PUT /api/v1/ads/:ad_id': ad.setUp,
  'PATCH /api/v1/ads/:ad_id': ad.change,
  'GET /api/v1/ads/:ad_id/changes': ad.changes,
  'GET /api/v1/advertisers': list('advertisers', PAGE, AdvertisersQuery, AdvertisersReply),
  'GET /api/v1/advertisers/:advertiser_id': advertiser.lookUp,
  'PUT /api/v1/advertisers/:advertiser_id': advertiser.setUp,
  'PATCH /api/v1/advertisers/:advertiser_id': advertiser.change,
  'GET /api/v1/advertisers/:advertiser_id/changes': advertiser.changes,
} as const satisfies RouteGroup;
