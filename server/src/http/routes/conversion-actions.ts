import type { FastifyInstance } from 'fastify';
import { changeAction, findAction, listActionChanges, listActions } from '../../conversions/actions.js';
import { NotFound } from '../../lib/told.js';
import { serve } from '../server/serve.js';
import type { Services } from '../server/services.js';

/** `/api/v1/conversion-actions`: list, look up, set up, change, history. */
export function registerConversionActions(app: FastifyInstance, { ledgerOf }: Services): void {
  const orNone = <T>(found: T | null): T => {
    if (found === null) throw new NotFound('No conversion action with this name.');
    return found;
  };

  serve(app, 'GET /api/v1/conversion-actions', ({ request, caller, query: { after = null, limit } }) =>
    listActions(ledgerOf(request), caller.tenantId, { after, limit }),
  );

  serve(app, 'GET /api/v1/conversion-actions/:action', async ({ request, caller, params: { action } }) =>
    orNone(await findAction(ledgerOf(request), caller.tenantId, action)),
  );

  serve(app, 'GET /api/v1/conversion-actions/:action/changes', async ({ request, caller, params }) => ({
    data: await listActionChanges(ledgerOf(request), caller.tenantId, params.action),
  }));

  for (const method of ['PUT', 'PATCH'] as const)
    serve(
      app,
      `${method} /api/v1/conversion-actions/:action`,
      async ({ request, caller, params: { action }, body: change }) => {
        const { tenantId, actor: changedBy } = caller;
        const edit = { tenantId, action, change, changedBy };
        return orNone(await changeAction(ledgerOf(request), edit, method === 'PUT'));
      },
    );
}
