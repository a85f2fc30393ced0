import {
  BacktestInput,
  type ClosedReply,
  CloseInput,
  LookBackInput,
  type RunsReply,
} from '@clickledger/contract';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { callerOf } from '../access/caller.js';
import { BACKTEST_CLICKS_MAX, backtest, TooManyClicks } from '../fraud/backtest.js';
import { runLookBack } from '../fraud/look-back/run.js';
import { closeUntil, listRuns, readClosedUntil } from '../ledger/adjustments.js';
import { readRules } from '../ledger/fraud-rules.js';
import { namingFields } from './errors.js';
import type { Services } from './services.js';

/** `/api/v1/fraud/rules/run`, `/fraud/runs` and `/fraud/closed-until`: verdicts after the fact. */
export function registerAdjustments(app: FastifyInstance, { pool, exports: client, now }: Services): void {
  const closed = async (request: FastifyRequest): Promise<ClosedReply> => ({
    closed_until: await readClosedUntil(pool, callerOf(request).tenantId),
  });
  app.get('/api/v1/fraud/closed-until', closed);
  app.put('/api/v1/fraud/closed-until', async (request, reply) => {
    const { closed_until } = CloseInput.parse(request.body);
    const { tenantId, actor } = callerOf(request);
    const last = await readClosedUntil(pool, tenantId);
    const wrong =
      last !== null && Date.parse(closed_until) < Date.parse(last)
        ? `Closed until ${last} already`
        : Date.parse(closed_until) > now()
          ? 'Must not be in the future'
          : null;
    if (wrong)
      return reply.code(400).send({ error: { formErrors: [], fieldErrors: { closed_until: [wrong] } } });
    await closeUntil(pool, tenantId, closed_until, actor);
    return closed(request);
  });

  app.get(
    '/api/v1/fraud/runs',
    async (request): Promise<RunsReply> => ({ data: await listRuns(pool, callerOf(request).tenantId) }),
  );
  if (!client) return;
  app.post('/api/v1/fraud/rules/backtest', async (request, reply) => {
    const parsed = BacktestInput.safeParse(request.body);
    if (!parsed.success) return reply.code(400).send(namingFields(parsed.error));
    try {
      return await backtest(client, callerOf(request).tenantId, parsed.data, now());
    } catch (error) {
      if (!(error instanceof TooManyClicks)) throw error;
      const days = [`More than ${BACKTEST_CLICKS_MAX} clicks; choose fewer days`];
      return reply.code(400).send({ error: { formErrors: [], fieldErrors: { days } } });
    }
  });
  app.post('/api/v1/fraud/rules/run', async (request): Promise<RunsReply> => {
    const { start_time, end_time } = LookBackInput.parse(request.body);
    const { tenantId, actor } = callerOf(request);
    const rules = await readRules(pool, tenantId);
    const range = { fromMs: Date.parse(start_time), toMs: Date.parse(end_time) };
    const target = { tenantId, range, ranBy: actor };
    return { data: await runLookBack({ pool, client, now }, rules, target) };
  });
}
