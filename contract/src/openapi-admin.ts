import { AuditQuery, AuditReply } from './audit.js';
import { ErrorReply } from './errors.js';
import { body, invalid, type Json, queryParameters, reply, storeAway } from './openapi-parts.js';
import { EraseReply, UserDataReply, UserInput } from './privacy.js';
import { SettingsChange, SettingsReply } from './settings.js';

/** The paths of the audit log, the account's settings and privacy. */
export function adminPaths(): Json {
  return {
    '/api/v1/admin/audit': {
      get: {
        summary: 'Who changed what, and when',
        description:
          'Rules, lists, prices and budgets, settings, keys, members, closings, imports, rebuilds. It is written in the transaction of the change, and the database refuses to change or delete it.',
        parameters: queryParameters(AuditQuery),
        responses: { 200: reply('A page, newest first.', AuditReply), 400: invalid, 503: storeAway },
      },
    },
    '/api/v1/test-data': {
      delete: {
        summary: 'Delete the test data',
        description:
          'Test clicks and what was set up for them are out of reach with the reply, on other nodes within 5 s. Test keys stay, and begin anew. docs/security.md says when the rows leave the disk.',
        responses: {
          204: { description: 'There is no test data now.' },
          409: reply('It was deleted too often within an hour.', ErrorReply),
          503: storeAway,
        },
      },
    },
    '/api/v1/admin/settings': {
      get: {
        summary: 'The account’s settings',
        responses: { 200: reply('They.', SettingsReply), 503: storeAway },
      },
      patch: {
        summary: 'Change the account’s settings',
        description: 'Currency and billing zone are fixed once a month was closed.',
        requestBody: body(SettingsChange),
        responses: {
          200: reply('As they are now.', SettingsReply),
          400: invalid,
          409: reply('A month was closed: currency and zone are fixed.', ErrorReply),
          503: storeAway,
        },
      },
    },
    '/api/v1/admin/privacy/export': {
      post: {
        summary: 'Everything that is held of one user',
        requestBody: body(UserInput),
        responses: { 200: reply('As it is stored.', UserDataReply), 400: invalid, 503: storeAway },
      },
    },
    '/api/v1/admin/privacy/erase': {
      post: {
        summary: 'Forget one user',
        description:
          'The clicks stay and are counted as before; user, address hash, user agent and referrer are taken off them, in the ledger and in analytics. The reply comes when that is done.',
        requestBody: body(UserInput),
        responses: {
          200: reply('Done.', EraseReply),
          400: invalid,
          409: reply('Analytics is being rebuilt.', ErrorReply),
          503: storeAway,
        },
      },
    },
  };
}
