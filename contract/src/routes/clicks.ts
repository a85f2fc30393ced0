import { z } from 'zod';
import { ClickLogQuery, ClickLogReply } from '../click-log.js';
import { ClickStory } from '../click-story.js';
import { BatchInputDocumented, BatchReply, ClickInput, ClickReply } from '../clicks.js';
import { LIMITS } from '../limits.js';
import { notFound, nothing, type RouteGroup, reply } from '../route.js';
import { VerdictInput, VerdictReply, VerdictsInput, VerdictsReply } from '../verdicts.js';
import { intakeHeaders, intakeRefusals } from './intake.js';

const WHAT_IS_TAKEN =
  'The limit holds for the body as sent and unpacked: gzip, br, deflate and zstd are taken. JSON as text/plain, which ' +
  'navigator.sendBeacon sends, is taken as application/json is. Ids are refused when they are wrong. A field that only describes ' +
  '(country, device_type, os, browser, referrer, user_agent) never refuses a click: it is mapped, cut, or taken as unknown, and ' +
  '`warnings` in the reply names it. docs/inputs.md has the whole table.';

const VERDICT =
  'Appends an adjustment, which no rule changes later. A click of a closed month keeps what it was billed by: the change is a credit or a charge of the month in which it is made.';

const headers = intakeHeaders;
const refusals = intakeRefusals;

const params = z.object({ click_id: z.uuid({ error: 'Expected a UUID' }).toLowerCase().describe('A UUID') });
const CLICK = '0198f2a0-0000-7000-8000-000000000001';
const click = { ad_id: 'ad-1', campaign_id: 'camp-1', advertiser_id: 'adv-1' };

/** Bringing clicks, and the log of them. */
export const clickRoutes = {
  'GET /api/v1/clicks': {
    access: 'read',
    summary: 'The click log, newest first',
    description: 'Committed clicks are seen once analytics has them, about a second later.',
    query: ClickLogQuery,
    replies: { 200: reply('A page.', ClickLogReply) },
    example: { query: { campaign_id: 'camp-1', limit: 10 } },
  },
  // Both routes that take clicks check what comes by themselves, one click at a time: these schemas are for those who read them.
  'POST /api/v1/clicks': {
    access: 'ingest',
    summary: 'Record a click',
    description: `The reply is sent when the click is on disk. Body at most ${LIMITS.clickBodyBytesMax} bytes; unknown fields are dropped. ${WHAT_IS_TAKEN}`,
    headers,
    body: ClickInput,
    replies: {
      200: reply('A repeat: the click was counted before.', ClickReply),
      202: reply('A new click, committed.', ClickReply),
      204: nothing('A prefetch (Sec-Purpose), which is no click: nothing was stored.'),
      ...refusals,
    },
    example: { body: { ...click, user_id: 'user-1', country: 'DE', device_type: 'mobile' } },
  },
  'POST /api/v1/clicks/batch': {
    access: 'ingest',
    summary: 'Record up to 1,000 clicks',
    description: `One result an entry, in order; a wrong entry does not fail the others. Body at most ${LIMITS.batchBodyBytesMax} bytes. ${WHAT_IS_TAKEN}`,
    headers,
    body: BatchInputDocumented,
    replies: {
      200: reply('The first reply again, under the same Idempotency-Key.', BatchReply),
      202: reply('The valid clicks are committed.', BatchReply),
      ...refusals,
    },
    example: {
      body: {
        clicks: [
          { ...click, click_id: CLICK },
          { ...click, ad_id: 'ad-2' },
        ],
      },
    },
  },
  // What a browser asks before it sends a click: a preflight carries no key.
  'OPTIONS /api/v1/clicks': { access: 'public', isHidden: true },
  'OPTIONS /api/v1/clicks/batch': { access: 'public', isHidden: true },
  'GET /api/v1/clicks/:click_id': {
    access: 'read',
    summary: 'The whole story of one click',
    params,
    replies: { 200: reply('What the ledger knows of it.', ClickStory), 404: notFound },
    example: { params: { click_id: CLICK } },
  },
  'POST /api/v1/clicks/:click_id/verdict': {
    access: 'admin',
    summary: 'Mark one click as valid or invalid',
    description: `${VERDICT} Sent again, it changes nothing.`,
    params,
    body: VerdictInput,
    replies: { 200: reply('The verdict in force.', VerdictReply), 404: notFound },
    example: { params: { click_id: CLICK }, body: { is_fraudulent: true, note: 'A click of our own' } },
  },
  'POST /api/v1/clicks/verdicts': {
    access: 'admin',
    summary: 'Mark clicks as valid or invalid',
    description: `${VERDICT} Applies to the clicks that the filters find and that have the other verdict; seen are those that analytics has.`,
    body: VerdictsInput,
    replies: { 200: reply('How many were changed.', VerdictsReply) },
    example: {
      body: { is_fraudulent: true, note: 'Clicks of our own', filters: { ad_id: 'ad-2' } },
    },
  },
} as const satisfies RouteGroup;
