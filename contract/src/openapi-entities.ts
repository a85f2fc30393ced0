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
} from './entities.js';
import {
  body,
  invalid,
  type Json,
  notFound,
  pathParameter,
  queryParameters,
  reply,
  storeAway,
} from './openapi-parts.js';

const KINDS = [
  {
    path: 'campaigns',
    id: 'campaign_id',
    one: 'a campaign',
    note: ' A price counts for the clicks stored from then on.',
    schemas: {
      entity: Campaign,
      query: CampaignsQuery,
      list: CampaignsReply,
      change: CampaignChange,
      setUp: CampaignSetUp,
    },
  },
  {
    path: 'ads',
    id: 'ad_id',
    one: 'an ad',
    note: '',
    schemas: { entity: Ad, query: AdsQuery, list: AdsReply, change: AdChange, setUp: AdSetUp },
  },
  {
    path: 'advertisers',
    id: 'advertiser_id',
    one: 'an advertiser',
    note: '',
    schemas: {
      entity: Advertiser,
      query: AdvertisersQuery,
      list: AdvertisersReply,
      change: AdvertiserChange,
      setUp: AdvertiserSetUp,
    },
  },
] as const;

/** The paths of campaigns, ads and advertisers. */
export function entityPaths(): Json {
  const paths: Json = {};
  for (const { path, id, one, note, schemas } of KINDS) {
    const parameters = [pathParameter(id, `Of ${one}`)];
    paths[`/api/v1/${path}`] = {
      get: {
        summary: `The ${path} seen in clicks or set up, by id`,
        parameters: queryParameters(schemas.query),
        responses: { 200: reply('A page.', schemas.list), 400: invalid, 503: storeAway },
      },
    };
    paths[`/api/v1/${path}/{${id}}`] = {
      get: {
        summary: `Look up ${one}`,
        parameters,
        responses: { 200: reply('It.', schemas.entity), 404: notFound, 503: storeAway },
      },
      put: {
        summary: `Set up ${one}, also before the first click`,
        description: `Makes it, or replaces what is said of it; every change is kept.${note}`,
        parameters,
        requestBody: body(schemas.setUp),
        responses: { 200: reply('As it is now.', schemas.entity), 400: invalid, 503: storeAway },
      },
      patch: {
        summary: `Change ${one}`,
        description: `Only the fields named; every change is kept.${note}`,
        parameters,
        requestBody: body(schemas.change),
        responses: {
          200: reply('As it is now.', schemas.entity),
          400: invalid,
          404: notFound,
          503: storeAway,
        },
      },
    };
    paths[`/api/v1/${path}/{${id}}/changes`] = {
      get: {
        summary: `Who changed what of ${one}, and when`,
        parameters,
        responses: { 200: reply('Newest first.', ChangesReply), 503: storeAway },
      },
    };
  }
  return paths;
}
