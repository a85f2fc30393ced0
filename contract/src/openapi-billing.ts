import {
  PeriodQuery,
  PeriodReply,
  PeriodsReply,
  StatementReply,
  StatementsQuery,
  StatementsReply,
  VerifyReply,
} from './billing.js';
import { ErrorReply } from './errors.js';
import {
  invalid,
  type Json,
  notFound,
  pathParameter,
  queryParameters,
  reply,
  storeAway,
  streamed,
} from './openapi-parts.js';

const period = [pathParameter('period', 'A month, `2026-11`')];
const statement = [pathParameter('statement_id', 'Of a statement')];
const refused = (description: string) => reply(description, ErrorReply);

/** The paths of months and statements. */
export function billingPaths(): Json {
  return {
    '/api/v1/billing/periods': {
      get: {
        summary: 'Months, closed and open',
        responses: { 200: reply('Newest first.', PeriodsReply), 503: storeAway },
      },
    },
    '/api/v1/billing/periods/{period}': {
      get: {
        summary: 'What every advertiser owes for a month',
        description:
          'An open month as analytics has it so far, a closed one as its statements say. A line a campaign and price. A node without the role `query` answers an open month with 503 `no_analytics`.',
        parameters: [...period, ...queryParameters(PeriodQuery)],
        responses: { 200: reply('The month.', PeriodReply), 400: invalid, 503: storeAway },
      },
    },
    '/api/v1/billing/periods/{period}/close': {
      post: {
        summary: 'Close a month and make its statements',
        description:
          'Counted from the ledger: one statement an advertiser, which never changes. What comes later (late clicks, verdicts) is a correction of the next month. The first month closed is where billing begins; then one follows the other. Said again, it does nothing.',
        parameters: period,
        responses: {
          200: reply('It was closed before.', PeriodReply),
          201: reply('It is closed.', PeriodReply),
          400: invalid,
          409: refused('It is not over yet, or another month is to be closed first.'),
          503: storeAway,
        },
      },
    },
    '/api/v1/billing/statements': {
      get: {
        summary: 'Statements, newest first',
        parameters: queryParameters(StatementsQuery),
        responses: { 200: reply('A page.', StatementsReply), 400: invalid, 503: storeAway },
      },
    },
    '/api/v1/billing/statements/{statement_id}': {
      get: {
        summary: 'A statement with its lines',
        parameters: statement,
        responses: { 200: reply('It.', StatementReply), 400: invalid, 404: notFound, 503: storeAway },
      },
    },
    '/api/v1/billing/statements/{statement_id}/statement.csv': {
      get: {
        summary: 'A statement as CSV',
        description: 'Its SHA-256 is the statement’s checksum.',
        parameters: statement,
        responses: {
          200: streamed('text/csv', 'A line a campaign and price.'),
          400: invalid,
          404: notFound,
          503: storeAway,
        },
      },
    },
    '/api/v1/billing/statements/{statement_id}/verify': {
      get: {
        summary: 'Verify a statement against the ledger',
        description: 'From the clicks themselves, not from analytics, and compares.',
        parameters: statement,
        responses: {
          200: reply('What was found.', VerifyReply),
          400: invalid,
          404: notFound,
          503: storeAway,
        },
      },
    },
  };
}
