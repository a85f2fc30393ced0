import { z } from 'zod';
import { numberInPath } from '../fields.js';
import { LIMITS } from '../limits.js';
import {
  MadePostbackSecret,
  NewPostbackSecret,
  PixelQuery,
  PostbackQuery,
  PostbackSecretsReply,
  PostbacksQuery,
  PostbacksReply,
} from '../postbacks.js';
import { inTheWay, notFound, nothing, type RouteGroup, refused, reply, streamed } from '../route.js';

/** Of the example: 43 characters, as every secret has. */
const SECRET = `clk_postback_${'0'.repeat(43)}`;
const KEY = `clk_ingest_${'0'.repeat(43)}`;
const CLICK = '0198f2a0-0000-7000-8000-000000000001';

const postback = {
  access: 'public' as const,
  summary: 'Record a conversion that a network reports',
  description:
    'Takes the parameters of Voluum, Keitaro and Binom as well; docs/conversions.md has the table. Parameters may also come in a body, as a form or as JSON. ' +
    'A status such as `rejected` retracts the conversion of its order or click. HEAD requests and prefetches count nothing.',
  query: PostbackQuery,
  replies: {
    200: streamed('text/plain', 'Taken: `OK`, or `DUPLICATE`. The click may still come.'),
    401: refused('There is no such secret in force.'),
    429: { ...refused('Too many wrong secrets from this address.'), retryAfter: true as const },
  },
  example: {
    query: { secret: SECRET, cid: CLICK, et: 'sale', txid: 'order-3', payout: '4.2', currency: 'EUR' },
  },
};

/** What other systems report conversions by. */
export const postbackRoutes = {
  'GET /postback': postback,
  'POST /postback': postback,
  'GET /cv.gif': {
    access: 'public',
    summary: 'Record a conversion by a pixel in a page',
    description:
      'Answers with a GIF of one transparent pixel, also when it refuses: then with the status of the refusal and its code in X-Error-Code. The key has to allow the ' +
      'origin of the page, as with scripts. Without `txid`, a click has one conversion of each action, however often the page is loaded.',
    query: PixelQuery,
    replies: { 200: streamed('image/gif', 'Taken, or a repeat.') },
    example: { query: { key: KEY, cid: CLICK, et: 'sale', txid: 'order-4' } },
  },
  'GET /api/v1/postback-secrets': {
    access: 'admin',
    summary: 'The postback secrets, newest first',
    replies: { 200: reply('All that were made in the last year.', PostbackSecretsReply) },
    example: {},
  },
  'POST /api/v1/postback-secrets': {
    access: 'admin',
    summary: 'Make a postback secret',
    description:
      'It is told once. The one before goes on for `overlap_seconds`; while two are in force, there is room for no third: revoke one.',
    body: NewPostbackSecret,
    isBodyOptional: true,
    replies: { 201: reply('Made.', MadePostbackSecret), 409: inTheWay },
    example: { body: { overlap_seconds: 86_400 } },
  },
  'DELETE /api/v1/postback-secrets/:secret_id': {
    access: 'admin',
    summary: 'Revoke a postback secret',
    params: z.object({ secret_id: numberInPath('Of a secret in force') }),
    replies: { 204: nothing('Revoked here at once, on other nodes within 5 s.'), 404: notFound },
    example: { params: { secret_id: 1 } },
  },
  'GET /api/v1/postbacks': {
    access: 'read',
    summary: 'The log of postbacks, newest first',
    description: `Each request with a secret that is in force, and what became of it: those of the last ${LIMITS.postbackLogDays} days, at most ${LIMITS.postbacksKeptMax.toLocaleString('en')}. It is written a moment after the reply.`,
    query: PostbacksQuery,
    replies: { 200: reply('A page.', PostbacksReply) },
    example: { query: { limit: 20 } },
  },
} as const satisfies RouteGroup;
