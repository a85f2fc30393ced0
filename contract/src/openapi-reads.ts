import { AggregateExportQuery } from './analytics.js';
import { ClickExportQuery, ClickLogQuery, ClickLogReply } from './click-log.js';
import { ClickStory } from './click-story.js';
import { FraudSummaryQuery, FraudSummaryReply, OffendersQuery, OffendersReply } from './fraud.js';
import { LIMITS } from './limits.js';
import { StreamQuery } from './live.js';
import {
  body,
  invalid,
  type Json,
  notFound,
  pathParameter,
  queryParameters,
  reply,
  storeAway,
  streamed,
} from './openapi-parts.js';
import { VerdictInput, VerdictReply, VerdictsInput, VerdictsReply } from './verdicts.js';

const EVENTS =
  'Server-sent events. Each event has an id, heartbeats are comments, and a reader that falls too far behind is ' +
  'dropped and may connect again. An event `error` says that answers may be old; the stream recovers by itself.';

const CSV_FORM =
  'Texts that a spreadsheet would run as a formula have an apostrophe more at their start; an import takes it off again. ' +
  'Lines end with CR LF.';

const VERDICT =
  'Appends an adjustment, which no rule changes later. A click of a closed month keeps what it was billed by: the change is a credit or a charge of the month in which it is made.';

/** The paths that read (click log, fraud, exports, event streams), and those that give a click another verdict. */
export function readPaths(): Json {
  return {
    '/api/v1/analytics/stream': {
      get: {
        summary: 'Aggregates, pushed when they change',
        description: `${EVENTS} First \`views\` with the key of each \`q\`, then \`result\` for each view. A view takes the parameters of /analytics/aggregate; in place of start_time and end_time it may have \`range\` (last_15m, last_24h, last_30d, last_12mo, today, yesterday, this_month, last_month) and \`compare=previous\`.`,
        parameters: queryParameters(StreamQuery),
        responses: {
          200: streamed('text/event-stream', 'The stream.'),
          400: invalid,
          503: storeAway,
        },
      },
    },
    '/api/v1/live': {
      get: {
        summary: 'Clicks as they come',
        description: `${EVENTS} First \`snapshot\` with the last 30 minutes by second and the newest clicks, then \`clicks\` with what came since.`,
        responses: { 200: streamed('text/event-stream', 'The stream.'), 503: storeAway },
      },
    },
    '/api/v1/clicks/{click_id}': {
      get: {
        summary: 'The whole story of one click',
        parameters: [pathParameter('click_id', 'A UUID')],
        responses: {
          200: reply('What the ledger knows of it.', ClickStory),
          400: invalid,
          404: notFound,
          503: storeAway,
        },
      },
    },
    '/api/v1/clicks/{click_id}/verdict': {
      post: {
        summary: 'Mark one click as valid or invalid',
        description: `${VERDICT} Sent again, it changes nothing.`,
        parameters: [pathParameter('click_id', 'A UUID')],
        requestBody: body(VerdictInput),
        responses: {
          200: reply('The verdict in force.', VerdictReply),
          400: invalid,
          404: notFound,
          503: storeAway,
        },
      },
    },
    '/api/v1/clicks/verdicts': {
      post: {
        summary: 'Mark clicks as valid or invalid',
        description: `${VERDICT} Applies to the clicks that the filters find and that have the other verdict; seen are those that analytics has.`,
        requestBody: body(VerdictsInput),
        responses: { 200: reply('How many were changed.', VerdictsReply), 400: invalid, 503: storeAway },
      },
    },
    '/api/v1/fraud/summary': {
      get: {
        summary: 'Fraud over time and by rule',
        parameters: queryParameters(FraudSummaryQuery),
        responses: { 200: reply('The figures.', FraudSummaryReply), 400: invalid, 503: storeAway },
      },
    },
    '/api/v1/fraud/offenders': {
      get: {
        summary: 'Who has the most flagged clicks',
        parameters: queryParameters(OffendersQuery),
        responses: { 200: reply('The list.', OffendersReply), 400: invalid, 503: storeAway },
      },
    },
    '/api/v1/export/clicks.csv': {
      get: {
        summary: 'The click log as CSV',
        description: `Newest hour first, at most ${LIMITS.exportRowsMax} rows. \`cost_micros\` is in millionths, \`cost\` the same amount in units of \`currency\`. ${CSV_FORM}`,
        parameters: queryParameters(ClickExportQuery),
        responses: { 200: streamed('text/csv', 'The rows.'), 400: invalid, 503: storeAway },
      },
    },
    '/api/v1/export/aggregate.csv': {
      get: {
        summary: 'An aggregate as CSV',
        description: `The rows of \`GET /analytics/aggregate\` and: \`time_local\`, the start in \`time_zone\`; the names of campaigns, ads and advertisers that are grouped by; \`fraud_rate\` from 0 to 1; \`cost\`, which is \`cost_micros\` in units of \`currency\`. ${CSV_FORM}`,
        parameters: queryParameters(AggregateExportQuery),
        responses: { 200: streamed('text/csv', 'The rows.'), 400: invalid, 503: storeAway },
      },
    },
  };
}

/** `GET /clicks`, which shares its path with the route that records a click. */
export const clickLogOperation = (): Json => ({
  summary: 'The click log, newest first',
  description: 'Committed clicks are seen once analytics has them, about a second later.',
  parameters: queryParameters(ClickLogQuery),
  responses: { 200: reply('A page.', ClickLogReply), 400: invalid, 503: storeAway },
});
