import { z } from 'zod';
import { ApiKeysReply, MadeApiKey, NewApiKey, RotateInput } from '../access.js';
import { numberInPath } from '../fields.js';
import { inTheWay, notFound, nothing, type RouteGroup, reply } from '../route.js';

const params = z.object({ key_id: numberInPath('Of the key') });
const KEY = { key_id: 1 };

/** API keys. */
export const keyRoutes = {
  'GET /api/v1/keys': {
    access: 'admin',
    summary: 'The API keys',
    description: 'Newest first, those that are over too; never a key itself.',
    replies: { 200: reply('The keys.', ApiKeysReply) },
  },
  'POST /api/v1/keys': {
    access: 'admin',
    summary: 'Make an API key',
    description:
      'The first key or member closes a server that was open (protected mode). A key with the scope `ingest` alone can bring clicks and read nothing: it may be shipped in a page, from the origins that it names. A key that has a rate answers with `RateLimit` and `RateLimit-Policy`, and beyond it with 429; each node counts for itself.',
    body: NewApiKey,
    replies: { 201: reply('The key, told once.', MadeApiKey), 409: inTheWay },
    example: { body: { name: 'Shop', scopes: ['ingest'], origins: ['https://shop.example'] } },
  },
  'POST /api/v1/keys/:key_id/rotate': {
    access: 'admin',
    summary: 'Put another key in the place of one',
    description: 'With the same name, scopes, origins and rate. The old one goes on for the overlap.',
    params,
    body: RotateInput,
    isBodyOptional: true,
    replies: { 201: reply('The new key, told once.', MadeApiKey), 404: notFound, 409: inTheWay },
    example: { params: KEY, body: { overlap_seconds: 3_600 } },
  },
  'DELETE /api/v1/keys/:key_id': {
    access: 'admin',
    summary: 'Revoke a key',
    description: 'In force at once on this node, within 5 s on every other.',
    params,
    replies: { 204: nothing('It is revoked.'), 404: notFound },
    example: { params: KEY },
  },
} as const satisfies RouteGroup;
