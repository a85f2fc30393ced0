import { AuditQuery, AuditReply } from './audit.js';
import { invalid, type Json, queryParameters, reply, storeAway } from './openapi-parts.js';

/** The paths of the audit log. */
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
  };
}
