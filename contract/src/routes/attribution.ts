import { z } from 'zod';
import {
  ConversionLogQuery,
  ConversionLogReply,
  ConversionStory,
  ModelReportQuery,
  ModelReportReply,
} from '../attribution.js';
import { LIMITS } from '../limits.js';
import { notFound, type RouteGroup, reply } from '../route.js';

const params = z.object({
  conversion_id: z.uuid({ error: 'Expected a UUID' }).toLowerCase().describe('A UUID'),
});

/** Conversions, what they are attributed to, and models that share them. */
export const attributionRoutes = {
  'GET /api/v1/conversions': {
    access: 'read',
    // Theirs alone, which are attributed. Not as if no click were flagged.
    advertiser: {
      parameters: [
        'start_time',
        'end_time',
        'action',
        'advertiser_id',
        'campaign_id',
        'ad_id',
        'limit',
        'cursor',
      ],
      fields: ['data', 'next_cursor'],
    },
    summary: 'The conversion log, newest first',
    description:
      'Each in its newest state, as analytics has it: about a second after it was stored, and again after each change.',
    query: ConversionLogQuery,
    replies: { 200: reply('A page.', ConversionLogReply) },
    example: { query: { status: 'attributed', limit: 10 } },
  },
  'GET /api/v1/conversions/:conversion_id': {
    access: 'read',
    summary: 'The whole story of one conversion',
    description:
      'What was sent, every state that it had and why, and the clicks that led to it with what each model gives them.',
    params,
    replies: { 200: reply('What the ledger knows of it.', ConversionStory), 404: notFound },
    example: { params: { conversion_id: '0198f2a0-0000-7000-8000-000000000002' } },
  },
  'GET /api/v1/analytics/attribution': {
    access: 'read',
    advertiser: {
      parameters: [
        'start_time',
        'end_time',
        'model',
        'half_life_days',
        'group_by',
        'action',
        'advertiser_id',
      ],
    },
    summary: 'Conversions shared among clicks by a model',
    description:
      'The path of a conversion ends at the click that it is attributed to, and holds the valid clicks of the same user before it, on ads of ' +
      `the same advertiser, within the \`user_window_days\` of its action: the last ${LIMITS.pathClicksMax}. The parts of one conversion sum to it ` +
      `exactly, and so do the rows to the total. A range with more than ${LIMITS.modelConversionsMax.toLocaleString('en')} conversions, or ` +
      `${LIMITS.modelClicksMax.toLocaleString('en')} clicks of their users, is refused.`,
    query: ModelReportQuery,
    replies: { 200: reply('The shares.', ModelReportReply) },
    example: {
      query: {
        start_time: '2026-01-01T00:00:00Z',
        end_time: '2027-01-01T00:00:00Z',
        model: 'position_based',
        group_by: 'ad_id',
      },
    },
  },
} as const satisfies RouteGroup;
