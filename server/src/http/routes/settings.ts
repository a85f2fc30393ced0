import type { FastifyInstance } from 'fastify';
import { changeSettings, isZone, readSettings } from '../../accounts/account-settings.js';
import { Invalid } from '../../lib/told.js';
import { serve } from '../server/serve.js';
import type { Services } from '../server/services.js';

/** `/api/v1/admin/settings`: of the account. */
export function registerSettings(app: FastifyInstance, { ledgerOf, signals }: Services): void {
  serve(app, 'GET /api/v1/admin/settings', ({ request, caller }) =>
    readSettings(ledgerOf(request), caller.tenantId),
  );
  serve(app, 'PATCH /api/v1/admin/settings', async ({ request, caller, body: change }) => {
    const ledger = ledgerOf(request);
    if (change.billing_zone !== undefined && !(await isZone(ledger, change.billing_zone)))
      throw new Invalid('Unknown time zone', 'billing_zone');
    await changeSettings(ledger, caller.tenantId, change, caller.actor);
    // Here it is in force with the reply.
    await signals?.refresh();
    return readSettings(ledger, caller.tenantId);
  });
}
