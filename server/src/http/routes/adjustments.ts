import type { ClosedReply } from '@clickledger/contract';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { callerOf } from '../../accounts/caller.js';
import { Invalid } from '../../lib/told.js';
import { closeUntil, listRuns, readClosedUntil } from '../../review/adjustments.js';
import { backtest } from '../../review/backtest.js';
import { readRules } from '../../review/fraud-rules.js';
import { runLookBack } from '../../review/look-back/run.js';
import { serve } from '../server/serve.js';
import type { Services } from '../server/services.js';

/** `/api/v1/fraud/rules/run`, `/fraud/runs` and `/fraud/closed-until`: verdicts after the fact. */
export function registerAdjustments(app: FastifyInstance, services: Services): void {
  const { operatorPool, ledgerOf, longReadsOf, now } = services;
  const closed = async (request: FastifyRequest): Promise<ClosedReply> => ({
    closed_until: await readClosedUntil(ledgerOf(request), callerOf(request).tenantId),
  });
  serve(app, 'GET /api/v1/fraud/closed-until', ({ request }) => closed(request));
  serve(app, 'PUT /api/v1/fraud/closed-until', async ({ request, caller, body: { closed_until } }) => {
    if (Date.parse(closed_until) > now()) throw new Invalid('Must not be in the future', 'closed_until');
    await closeUntil(ledgerOf(request), caller.tenantId, closed_until, caller.actor);
    return closed(request);
  });

  serve(app, 'GET /api/v1/fraud/runs', async ({ request, caller }) => ({
    data: await listRuns(ledgerOf(request), caller.tenantId),
  }));
  if (!longReadsOf) return;
  serve(app, 'POST /api/v1/fraud/rules/backtest', ({ request, caller, body }) =>
    backtest(longReadsOf(request), caller.tenantId, body, now()),
  );
  serve(app, 'POST /api/v1/fraud/rules/run', async ({ request, caller, body }) => {
    const { tenantId, actor } = caller;
    const rules = await readRules(ledgerOf(request), tenantId);
    const range = { fromMs: Date.parse(body.start_time), toMs: Date.parse(body.end_time) };
    const target = { tenantId, range, ranBy: actor };
    // An adjustment writes a batch, which no tenant's requests may: the ledger as its owner, for this caller's tenant.
    const parts = { pool: operatorPool, client: longReadsOf(request), now };
    return { data: await runLookBack(parts, rules, target) };
  });
}
