import { ADVERTISER_FIGURES, ADVERTISER_QUESTIONS, ADVERTISER_TIME_TO_CONVERT } from '../access-rules.js';
import {
  AggregateExportQuery,
  AggregateParameters,
  AggregateReply,
  TimeToConvertQuery,
  TimeToConvertReply,
} from '../analytics.js';
import { ClickExportQuery } from '../click-log.js';
import { LIMITS } from '../limits.js';
import { StreamQuery } from '../live.js';
import { QuestionsInput } from '../questions.js';
import { type RouteGroup, reply, streamed } from '../route.js';

const EVENTS =
  'Server-sent events. Each event has an id, heartbeats are comments, and a reader that falls too far behind is ' +
  'dropped and may connect again. An event `error` says that answers may be old; the stream recovers by itself.';

const CSV_FORM =
  'Texts that a spreadsheet would run as a formula have an apostrophe more at their start; an import takes it off again. ' +
  'Lines end with CR LF.';

const YEAR = { start_time: '2026-01-01T00:00:00Z', end_time: '2027-01-01T00:00:00Z', granularity: 'day' };

/** Counts by time and dimension, as JSON, CSV and streams. */
export const analyticsRoutes = {
  'GET /api/v1/analytics/aggregate': {
    access: 'read',
    advertiser: ADVERTISER_QUESTIONS,
    summary: 'Clicks, unique users, fraud and conversions by time and dimension',
    query: AggregateParameters,
    replies: { 200: reply('The buckets.', AggregateReply) },
    example: { query: { ...YEAR, group_by: 'country,device_type', campaign_id: ['camp-1', 'camp-2'] } },
  },
  'GET /api/v1/analytics/time-to-convert': {
    access: 'read',
    advertiser: {
      parameters: ADVERTISER_TIME_TO_CONVERT,
    },
    summary: 'How long after their click conversions come',
    query: TimeToConvertQuery,
    replies: { 200: reply('A histogram.', TimeToConvertReply) },
    example: { query: { start_time: YEAR.start_time, end_time: YEAR.end_time, campaign_id: 'camp-1' } },
  },
  'POST /api/v1/analytics/questions': {
    access: 'read',
    // None in the query. Each question is held to the rule of /analytics/aggregate.
    advertiser: { parameters: [] },
    summary: 'Several aggregates in one request',
    description: `At most ${LIMITS.questionsMax} questions, each answered as \`GET /api/v1/analytics/aggregate\` answers it alone, under the same access and limits: each distinct question counts as one request of a key. The reply is one line of JSON for each question, in the order in which they are ready: \`{ index, status: 200, reply }\`, or \`{ index, status, error, retry_after_seconds? }\`. An error of one question costs the others nothing. Equal questions are asked once.`,
    body: QuestionsInput,
    replies: { 200: streamed('application/x-ndjson', 'A line for each question.') },
    example: {
      body: {
        questions: [
          { range: 'last_24h', granularity: 'total' },
          { range: 'last_24h', granularity: 'total', group_by: 'country', limit: 10, os: ['iOS', 'Android'] },
        ],
      },
    },
  },
  'GET /api/v1/analytics/stream': {
    access: 'read',
    advertiser: { parameters: ['q'] },
    summary: 'Aggregates, pushed when they change',
    description: `${EVENTS} First \`views\` with the key of each \`q\`, then \`result\` for each view. A view takes the parameters of /analytics/aggregate. One with a \`range\` moves with the clock: it is answered anew when a bucket has passed.`,
    query: StreamQuery,
    replies: { 200: streamed('text/event-stream', 'The stream.') },
    example: { query: { q: ['range=last_24h', 'range=today&granularity=total&compare=previous'] } },
  },
  'GET /api/v1/live': {
    access: 'read',
    summary: 'Clicks as they come',
    description: `${EVENTS} First \`snapshot\` with the last 30 minutes by second and the newest clicks, then \`clicks\` with what came since.`,
    replies: { 200: streamed('text/event-stream', 'The stream.') },
  },
  'GET /api/v1/export/clicks.csv': {
    access: 'read',
    summary: 'The click log as CSV',
    description: `Newest hour first, at most ${LIMITS.exportRowsMax} rows. \`cost_micros\` is in millionths, \`cost\` the same amount in units of \`currency\`. ${CSV_FORM}`,
    query: ClickExportQuery,
    replies: { 200: streamed('text/csv', 'The rows.') },
    example: { query: { campaign_id: 'camp-1', timezone: 'Europe/Berlin' } },
  },
  'GET /api/v1/export/aggregate.csv': {
    access: 'read',
    advertiser: ADVERTISER_FIGURES,
    summary: 'An aggregate as CSV',
    description: `The rows of \`GET /analytics/aggregate\` and: \`time_local\`, the start in \`time_zone\`; the names of campaigns, ads and advertisers that are grouped by; \`fraud_rate\` from 0 to 1; \`cost\`, which is \`cost_micros\` in units of \`currency\`. ${CSV_FORM}`,
    query: AggregateExportQuery,
    replies: { 200: streamed('text/csv', 'The rows.') },
    example: { query: { ...YEAR, group_by: 'campaign_id', bom: 'true' } },
  },
} as const satisfies RouteGroup;
