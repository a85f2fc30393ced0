import { SettingsChange, type SettingsReply } from '@clickledger/contract';
import type { FastifyInstance } from 'fastify';
import {
  BillingFixed,
  changeSettings,
  isZone,
  readSettings,
  WarningAboveCritical,
} from '../../accounts/account-settings.js';
import { callerOf } from '../../accounts/caller.js';
import { errorReply } from '../server/errors.js';
import type { Services } from '../server/services.js';

/** `/api/v1/admin/settings`: of the account. */
export function registerSettings(app: FastifyInstance, { ledgerOf, signals }: Services): void {
  app.get(
    '/api/v1/admin/settings',
    async (request): Promise<SettingsReply> => readSettings(ledgerOf(request), callerOf(request).tenantId),
  );
  app.patch('/api/v1/admin/settings', async (request, reply) => {
    const change = SettingsChange.parse(request.body);
    const { tenantId, actor } = callerOf(request);
    if (change.billing_zone !== undefined && !(await isZone(ledgerOf(request), change.billing_zone)))
      return reply
        .code(400)
        .send({ error: { formErrors: [], fieldErrors: { billing_zone: ['Unknown time zone'] } } });
    try {
      await changeSettings(ledgerOf(request), tenantId, change, actor);
    } catch (error) {
      if (error instanceof WarningAboveCritical) {
        const fieldErrors = { alert_warning_percent: ['Must not be above the critical limit'] };
        return reply.code(400).send({ error: { formErrors: [], fieldErrors } });
      }
      if (!(error instanceof BillingFixed)) throw error;
      const why = 'A month is closed, so its currency and billing time zone can no longer be changed.';
      return reply.code(409).send(errorReply('billing_fixed', why));
    }
    // Here it is in force with the reply.
    await signals?.refresh();
    return readSettings(ledgerOf(request), tenantId);
  });
}
