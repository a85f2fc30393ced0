import { z } from 'zod';
import { ChangesReply } from '../entities.js';
import {
  Link,
  LinkChange,
  LinkHost,
  LinkHostInput,
  LinkHostPath,
  LinkHostsReply,
  LinkImport,
  LinkImportReply,
  LinksQuery,
  LinksReply,
  MadeSigningKey,
  NewLink,
} from '../links.js';
import { inTheWay, notFound, nothing, type RouteGroup, refused, reply, streamed } from '../route.js';

const params = z.object({
  link_id: z.uuid({ error: 'Expected a UUID' }).toLowerCase().describe('Of a link'),
});
const LINK = '0198f2a0-0000-7000-8000-00000000000a';

/** Tracking links: what an advertiser puts behind an ad. */
export const linkRoutes = {
  // The redirect itself. It has its own replies, in no shape of the API.
  'GET /r/:slug': { access: 'public', isHidden: true, params: z.object({ slug: z.string() }) },
  'GET /api/v1/links': {
    access: 'read',
    advertiser: { parameters: ['ad_id', 'campaign_id', 'status', 'search', 'limit', 'after'] },
    summary: 'The links, newest first',
    query: LinksQuery,
    replies: { 200: reply('A page.', LinksReply) },
    example: { query: { limit: 20 } },
  },
  'POST /api/v1/links': {
    access: 'admin',
    summary: 'Create a link',
    description:
      'The ad says which campaign and advertiser its clicks are of. docs/links.md has the macros and every field.',
    body: NewLink,
    namesFieldsByPath: true,
    replies: {
      201: reply('The link. It works on every node within seconds.', Link),
      409: refused('The account has as many links as it may have.'),
    },
    example: {
      body: {
        ad_id: 'ad-1',
        name: 'Spring banner',
        destinations: [{ url: 'https://shop.example/spring?cid={click_id}', weight: 1 }],
      },
    },
  },
  'GET /api/v1/links/:link_id': {
    access: 'read',
    advertiser: { parameters: [] },
    summary: 'Look up a link',
    params,
    replies: { 200: reply('It.', Link), 404: notFound },
    example: { params: { link_id: LINK } },
  },
  'PATCH /api/v1/links/:link_id': {
    access: 'admin',
    summary: 'Change a link',
    description: 'Only the fields named; every change is kept. It is in force on every node within seconds.',
    params,
    body: LinkChange,
    namesFieldsByPath: true,
    replies: { 200: reply('As it is now.', Link), 404: notFound },
    example: { params: { link_id: LINK }, body: { status: 'paused' } },
  },
  'GET /api/v1/links/:link_id/changes': {
    access: 'read',
    summary: 'Who changed what of a link, and when',
    params,
    replies: { 200: reply('Newest first.', ChangesReply) },
    example: { params: { link_id: LINK } },
  },
  'POST /api/v1/links/:link_id/signing-keys': {
    access: 'admin',
    summary: 'Create a signing key for a link',
    description:
      'The key is told once. It and the key before it are in force; older ones are not any more. docs/links.md says how a link is signed.',
    params,
    replies: { 201: reply('The key.', MadeSigningKey), 404: notFound },
    example: { params: { link_id: LINK } },
  },
  'POST /api/v1/links/import': {
    access: 'admin',
    summary: 'Create links from a CSV file',
    description: 'All of the file or nothing: a wrong row is named by its line and column.',
    body: LinkImport,
    replies: {
      200: reply('What became of the file.', LinkImportReply),
      409: refused('The account would have more links than it may have.'),
    },
    example: {
      body: { csv: 'ad_id,destination\nad-1,https://shop.example/spring\n', dry_run: true },
    },
  },
  'GET /api/v1/export/links.csv': {
    access: 'read',
    summary: 'The links as a CSV file',
    replies: { 200: streamed('text/csv', 'The links, newest first.') },
  },
  'GET /api/v1/link-hosts': {
    access: 'read',
    summary: 'The host names for links of the account',
    replies: { 200: reply('They.', LinkHostsReply) },
  },
  'PUT /api/v1/link-hosts/:host': {
    access: 'operator',
    summary: 'Give an account a host name for links',
    description: 'Point the host at this server first. Links of no other account can be on it.',
    params: LinkHostPath,
    body: LinkHostInput,
    isBodyOptional: true,
    replies: {
      200: reply('The host.', LinkHost),
      404: refused('There is no account with this slug.'),
      409: inTheWay,
    },
    example: { params: { host: 'go.shop.example' }, body: {} },
  },
  'DELETE /api/v1/link-hosts/:host': {
    access: 'operator',
    summary: 'Take a host name for links back',
    params: LinkHostPath,
    replies: { 204: nothing('It is nobody’s now.'), 404: notFound, 409: inTheWay },
    example: { params: { host: 'go.shop.example' } },
  },
} as const satisfies RouteGroup;
