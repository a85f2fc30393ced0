import {
  BacktestInput,
  type ClosedReply,
  CloseInput,
  LookBackInput,
  type RunsReply,
} from '@clickledger/contract';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { callerOf } from '../../accounts/caller.js';
import { Invalid } from '../../lib/told.js';
import { closeUntil, listRuns, readClosedUntil } from '../../review/adjustments.js';
import { BACKTEST_CLICKS_MAX, backtest, TooManyClicks } from '../../review/backtest.js';
import { readRules } from '../../review/fraud-rules.js';
import { runLookBack } from '../../review/look-back/run.js';
import { namingFields } from '../server/errors.js';
import type { Services } from '../server/services.js';

/** `/api/v1/fraud/rules/run`, `/fraud/runs` and `/fraud/closed-until`: verdicts after the fact. */
export function registerAdjustments(app: FastifyInstance, services: Services): void {
  const { operatorPool, ledgerOf, longReadsOf, now } = services;
  const closed = async (request: FastifyRequest): Promise<ClosedReply> => ({
    closed_until: await readClosedUntil(ledgerOf(request), callerOf(request).tenantId),
  });
  app.get('/api/v1/fraud/closed-until', closed);
  app.put('/api/v1/fraud/closed-until', async (request) => {
    const { closed_until } = CloseInput.parse(request.body);
    const { tenantId, actor } = callerOf(request);
    if (Date.parse(closed_until) > now()) throw new Invalid('Must not be in the future', 'closed_until');
    await closeUntil(ledgerOf(request), tenantId, closed_until, actor);
    return closed(request);
  });

  app.get(
    '/api/v1/fraud/runs',
    async (request): Promise<RunsReply> => ({
      data: await listRuns(ledgerOf(request), callerOf(request).tenantId),
    }),
  );
  if (!longReadsOf) return;
  app.post('/api/v1/fraud/rules/backtest', async (request, reply) => {
    const parsed = BacktestInput.safeParse(request.body);
    if (!parsed.success) return reply.code(400).send(namingFields(parsed.error));
    try {
      return await backtest(longReadsOf(request), callerOf(request).tenantId, parsed.data, now());
    } catch (error) {
      if (!(error instanceof TooManyClicks)) throw error;
      const days = [
        `More than ${BACKTEST_CLICKS_MAX.toLocaleString('en-US')} clicks. Choose a shorter period`,
      ];
      return reply.code(400).send({ error: { formErrors: [], fieldErrors: { days } } });
    }
  });
  app.post('/api/v1/fraud/rules/run', async (request): Promise<RunsReply> => {
    const { start_time, end_time } = LookBackInput.parse(request.body);
    const { tenantId, actor } = callerOf(request);
    const rules = await readRules(ledgerOf(request), tenantId);
    const range = { fromMs: Date.parse(start_time), toMs: Date.parse(end_time) };
    const target = { tenantId, range, ranBy: actor };
    // An adjustment writes a batch, which no tenant's requests may: the ledger as its owner, for this caller's tenant.
    const parts = { pool: operatorPool, client: longReadsOf(request), now };
    return { data: await runLookBack(parts, rules, target) };
  });
}
