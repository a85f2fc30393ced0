import { FraudSummaryQuery, OffendersQuery } from '@clickledger/contract';
import type { FastifyInstance } from 'fastify';
import { callerOf } from '../../accounts/caller.js';
import { fraudOffenders } from '../../analytics/queries/fraud-offenders.js';
import { fraudSummary } from '../../analytics/queries/fraud-summary.js';
import type { Services } from '../server/services.js';

/** `GET /api/v1/fraud/summary` and `GET /api/v1/fraud/offenders`. */
export function registerFraud(app: FastifyInstance, { analyticsOf, foldedDays }: Services): void {
  if (!analyticsOf || !foldedDays) return;
  app.get('/api/v1/fraud/summary', async (request) =>
    fraudSummary(
      analyticsOf(request),
      callerOf(request).tenantId,
      FraudSummaryQuery.parse(request.query),
      foldedDays,
    ),
  );
  app.get('/api/v1/fraud/offenders', async (request) =>
    fraudOffenders(analyticsOf(request), callerOf(request).tenantId, OffendersQuery.parse(request.query)),
  );
}
