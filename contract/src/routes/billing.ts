import { z } from 'zod';
import {
  Period,
  PeriodQuery,
  PeriodReply,
  PeriodsReply,
  StatementReply,
  StatementsQuery,
  StatementsReply,
  VerifyReply,
} from '../billing.js';
import { numberInPath } from '../fields.js';
import { notFound, type RouteGroup, refused, reply, streamed } from '../route.js';

const month = z.object({ period: Period.describe('A month, `2026-11`') });
const statement = z.object({ statement_id: numberInPath('Of a statement') });
const MONTH = { period: '2025-10' };
const STATEMENT = { params: { statement_id: 1 } };

/** Months and statements. */
export const billingRoutes = {
  'GET /api/v1/billing/periods': {
    access: 'read',
    summary: 'Months, closed and open',
    replies: { 200: reply('Newest first.', PeriodsReply) },
  },
  'GET /api/v1/billing/periods/:period': {
    access: 'read',
    summary: 'What every advertiser owes for a month',
    description:
      'An open month as analytics has it so far, a closed one as its statements say. A line a campaign and price. A node without the role `query` answers an open month with 503 `no_analytics`.',
    params: month,
    query: PeriodQuery,
    replies: { 200: reply('The month.', PeriodReply) },
    example: { params: MONTH, query: { limit: 20 } },
  },
  'POST /api/v1/billing/periods/:period/close': {
    access: 'admin',
    summary: 'Close a month and make its statements',
    description:
      'Counted from the ledger: one statement an advertiser, which never changes. What comes later (late clicks, verdicts) is a correction of the next month. The first month closed is where billing begins; then one follows the other. Said again, it does nothing.',
    params: month,
    replies: {
      200: reply('It was closed before.', PeriodReply),
      201: reply('It is closed.', PeriodReply),
      409: refused('It is not over yet, or another month is to be closed first.'),
    },
    example: { params: MONTH },
  },
  'GET /api/v1/billing/statements': {
    access: 'read',
    summary: 'Statements, newest first',
    query: StatementsQuery,
    replies: { 200: reply('A page.', StatementsReply) },
    example: { query: { ...MONTH, limit: 20 } },
  },
  'GET /api/v1/billing/statements/:statement_id': {
    access: 'read',
    summary: 'A statement with its lines',
    params: statement,
    replies: { 200: reply('It.', StatementReply), 404: notFound },
    example: STATEMENT,
  },
  'GET /api/v1/billing/statements/:statement_id/statement.csv': {
    access: 'read',
    summary: 'A statement as CSV',
    description: 'Its SHA-256 is the statement’s checksum.',
    params: statement,
    replies: { 200: streamed('text/csv', 'A line a campaign and price.'), 404: notFound },
    example: STATEMENT,
  },
  'GET /api/v1/billing/statements/:statement_id/verify': {
    access: 'read',
    summary: 'Verify a statement against the ledger',
    description: 'From the clicks themselves, not from analytics, and compares.',
    params: statement,
    replies: { 200: reply('What was found.', VerifyReply), 404: notFound },
    example: STATEMENT,
  },
} as const satisfies RouteGroup;
