import { z } from 'zod';
import {
  ConversionAction,
  ConversionActionChange,
  ConversionActionSetUp,
  ConversionActionsQuery,
  ConversionActionsReply,
} from '../conversion-actions.js';
import { AdjustInputDocumented, AdjustReply } from '../conversion-adjustments.js';
import {
  actionField,
  ConversionBatchInputDocumented,
  ConversionBatchReply,
  ConversionInput,
  ConversionReply,
  WrongConversionReply,
} from '../conversions.js';
import { ChangesReply } from '../entities.js';
import { LIMITS } from '../limits.js';
import { notFound, nothing, type RouteGroup, refused, reply } from '../route.js';
import { intakeHeaders, intakeRefusals } from './intake.js';

const headers = intakeHeaders;
const refusals = {
  400: reply('A field is wrong: the reply names it, and has a code.', WrongConversionReply),
  ...intakeRefusals,
} as const;

const TAKEN =
  'The reply is sent when the conversion is on disk. It is attributed afterwards, to the last valid click within the window of its action; ' +
  'a click may still come after it. JSON as text/plain, which navigator.sendBeacon sends, is taken as application/json is. ' +
  'A beacon has no headers: a key with the scope `ingest` alone may come in the query, as `key`.';
const FROM_THEN_ON = ' Changes count for conversions that come from then on.';

const params = z.object({ action: actionField().describe('Of a conversion action') });
const conversion = { action: 'sale', click_id: '0198f2a0-0000-7000-8000-000000000001' };

/** Bringing conversions, and what they mean. */
export const conversionRoutes = {
  // As with clicks, what comes is checked by `readConversion`, one at a time: the schemas of bodies are for those who read them.
  'POST /api/v1/conversions': {
    access: 'ingest',
    summary: 'Record a conversion',
    description: `${TAKEN} Body at most ${LIMITS.conversionBodyBytesMax} bytes; unknown fields are dropped.`,
    headers,
    body: ConversionInput,
    replies: {
      200: reply('A repeat: the conversion was counted before.', ConversionReply),
      202: reply('A new conversion, committed.', ConversionReply),
      204: nothing('A prefetch (Sec-Purpose), which is no conversion: nothing was stored.'),
      ...refusals,
    },
    example: { body: { ...conversion, order_id: 'order-1', value: '19.99', currency: 'EUR' } },
  },
  'POST /api/v1/conversions/batch': {
    access: 'ingest',
    summary: `Record up to ${LIMITS.batchConversionsMax.toLocaleString('en')} conversions`,
    description: `One result an entry, in order; a wrong entry does not fail the others. ${TAKEN} Body at most ${LIMITS.conversionBatchBodyBytesMax} bytes.`,
    headers,
    body: ConversionBatchInputDocumented,
    replies: {
      200: reply('Nothing new: the first reply again, or repeats alone.', ConversionBatchReply),
      202: reply('The valid conversions are committed.', ConversionBatchReply),
      ...refusals,
    },
    example: {
      body: {
        conversions: [
          { ...conversion, order_id: 'order-2', value: 5, currency: 'EUR' },
          { action: 'signup', user_id: 'user-1' },
        ],
      },
    },
  },
  'POST /api/v1/conversions/adjust': {
    access: 'admin',
    summary: 'Restate or retract conversions',
    description:
      'Each gets another state, appended behind those that it had; sent again, nothing changes. Up to ' +
      `${LIMITS.batchConversionsMax.toLocaleString('en')} entries, one result each, in order; a wrong one fails no other. What lies in a closed month counts as a change of the ` +
      'running one.',
    body: AdjustInputDocumented,
    replies: {
      200: reply('What became of each.', AdjustReply),
      400: refusals[400],
      413: refusals[413],
    },
    example: {
      body: {
        adjustments: [
          {
            adjustment: 'restate',
            action: 'sale',
            order_id: 'order-1',
            value: '9.99',
            note: 'One of two came back',
          },
          { adjustment: 'retract', action: 'sale', order_id: 'order-2' },
        ],
      },
    },
  },
  'OPTIONS /api/v1/conversions': { access: 'public', isHidden: true },
  'OPTIONS /api/v1/conversions/batch': { access: 'public', isHidden: true },
  'GET /api/v1/conversion-actions': {
    access: 'read',
    summary: 'The conversion actions seen in conversions or set up, by name',
    query: ConversionActionsQuery,
    replies: { 200: reply('A page.', ConversionActionsReply) },
    example: { query: { limit: 20 } },
  },
  'GET /api/v1/conversion-actions/:action': {
    access: 'read',
    summary: 'Look up a conversion action',
    params,
    replies: { 200: reply('It.', ConversionAction), 404: notFound },
    example: { params: { action: 'sale' } },
  },
  'PUT /api/v1/conversion-actions/:action': {
    access: 'admin',
    summary: 'Set up a conversion action, also before its first conversion',
    description: `Makes it, or replaces what is said of it; every change is kept.${FROM_THEN_ON}`,
    params,
    body: ConversionActionSetUp,
    replies: {
      200: reply('As it is now.', ConversionAction),
      422: refused(`The organization has ${LIMITS.conversionActionsMax} actions already.`),
    },
    example: {
      params: { action: 'sale' },
      body: { name: 'Sale', click_window_days: 30, default_currency: 'EUR' },
    },
  },
  'PATCH /api/v1/conversion-actions/:action': {
    access: 'admin',
    summary: 'Change a conversion action',
    description: `Only the fields named; every change is kept.${FROM_THEN_ON}`,
    params,
    body: ConversionActionChange,
    replies: { 200: reply('As it is now.', ConversionAction), 404: notFound },
    example: { params: { action: 'sale' }, body: { default_value: '10' } },
  },
  'GET /api/v1/conversion-actions/:action/changes': {
    access: 'read',
    summary: 'Who changed what of a conversion action, and when',
    params,
    replies: { 200: reply('Newest first.', ChangesReply) },
    example: { params: { action: 'sale' } },
  },
} as const satisfies RouteGroup;
