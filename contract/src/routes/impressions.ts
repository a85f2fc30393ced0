import { ImpressionsInput, ImpressionsReply } from '../impressions.js';
import { LIMITS } from '../limits.js';
import { type RouteGroup, refused, reply, storeAway } from '../route.js';

/** Counting how often ads are shown. */
export const impressionRoutes = {
  'POST /api/v1/impressions': {
    access: 'ingest',
    summary: 'Report how often ads were shown',
    description:
      `At most ${LIMITS.impressionEntriesMax} entries; body at most ${LIMITS.impressionsBodyBytesMax} bytes. Each entry is a count of one ad ` +
      'within one hour; counts of the same hour add up, within a report and over reports. A report is counted whole, or not at all: ' +
      'a wrong entry is named as `impressions.3.ad_id`. Hours may be as old as the dedup window, and no more than 5 minutes ahead. ' +
      'A `report_id` is known for as long.',
    namesFieldsByPath: true,
    body: ImpressionsInput,
    replies: {
      202: reply('Counted: it is on disk.', ImpressionsReply),
      200: reply('A repeat: the report was counted before.', ImpressionsReply),
      413: refused('The body is larger than the limit.'),
      422: refused('This `report_id` was used with another body.'),
      503: storeAway,
    },
    example: {
      body: {
        report_id: 'server-7/2026-11-28T09:15',
        impressions: [
          {
            ad_id: 'ad-1',
            campaign_id: 'camp-1',
            advertiser_id: 'adv-1',
            count: 1_200,
            country: 'DE',
            device_type: 'mobile',
          },
          { ad_id: 'ad-1', count: 300 },
        ],
      },
    },
  },
  // An image in a page: no client is written for it.
  'GET /i/:slug.gif': { access: 'public', isHidden: true },
} as const satisfies RouteGroup;
