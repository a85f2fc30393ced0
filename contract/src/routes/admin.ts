import { z } from 'zod';
import { AuditQuery, AuditReply } from '../audit.js';
import { EraseReply, UserDataReply, UserInput } from '../privacy.js';
import { nothing, type RouteGroup, refused, reply } from '../route.js';
import { SettingsChange, SettingsReply } from '../settings.js';

const USER = { body: { user_id: 'user-1' } };

/** The account's audit log, settings, privacy, test data and imports. */
export const adminRoutes = {
  'GET /api/v1/admin/audit': {
    access: 'admin',
    summary: 'Who changed what, and when',
    description:
      'Rules, lists, prices and budgets, settings, keys, members, closings, imports, rebuilds. It is written in the transaction of the change, and the database refuses to change or delete it.',
    query: AuditQuery,
    replies: { 200: reply('A page, newest first.', AuditReply) },
    example: { query: { kind: 'campaign', limit: 20 } },
  },
  'DELETE /api/v1/test-data': {
    access: 'admin',
    summary: 'Delete the test data',
    description:
      'Test clicks and what was set up for them are out of reach with the reply, on other nodes within 5 s. Test keys stay, and start from nothing. docs/security.md says when the rows leave the disk.',
    replies: {
      204: nothing('There is no test data now.'),
      409: refused('It was deleted too often within an hour.'),
    },
  },
  'GET /api/v1/admin/settings': {
    access: 'read',
    advertiser: { parameters: [], fields: ['currency', 'billing_zone'] },
    summary: 'The account’s settings',
    replies: { 200: reply('They.', SettingsReply) },
  },
  'PATCH /api/v1/admin/settings': {
    access: 'admin',
    summary: 'Change the account’s settings',
    description: 'Currency and billing zone are fixed once a month was closed.',
    body: SettingsChange,
    replies: {
      200: reply('As they are now.', SettingsReply),
      409: refused('A month was closed: currency and zone are fixed.'),
    },
    example: { body: { issuer_name: 'Ad Agency Ltd', payment_days: 30 } },
  },
  'POST /api/v1/admin/privacy/export': {
    access: 'admin',
    summary: 'Everything that is held of one user',
    body: UserInput,
    replies: { 200: reply('As it is stored.', UserDataReply) },
    example: USER,
  },
  'POST /api/v1/admin/privacy/erase': {
    access: 'admin',
    summary: 'Forget one user',
    description:
      'The clicks stay and are counted as before; user, address hash, user agent and referrer are taken off them, in the ledger and in analytics. The reply comes when that is done.',
    body: UserInput,
    replies: { 200: reply('Done.', EraseReply), 409: refused('Analytics is being rebuilt.') },
    example: USER,
  },
  'POST /api/v1/admin/import': { access: 'admin', isHidden: true },
  'POST /api/v1/admin/import/conversions': { access: 'admin', isHidden: true },
  'POST /api/v1/admin/import/end': { access: 'admin', isHidden: true },
  // The import command asks for its own tenant; the route refuses others.
  'GET /api/v1/admin/tenants/:slug': {
    access: 'admin',
    isHidden: true,
    params: z.object({ slug: z.string() }),
  },
} as const satisfies RouteGroup;
