import type { FastifyInstance } from 'fastify';
import { fraudOffenders } from '../../analytics/queries/fraud-offenders.js';
import { fraudSummary } from '../../analytics/queries/fraud-summary.js';
import { serve } from '../server/serve.js';
import type { Services } from '../server/services.js';

/** `GET /api/v1/fraud/summary` and `GET /api/v1/fraud/offenders`. */
export function registerFraud(app: FastifyInstance, { analyticsOf, rollups }: Services): void {
  if (!analyticsOf || !rollups) return;
  serve(app, 'GET /api/v1/fraud/summary', ({ request, caller, query }) =>
    fraudSummary(analyticsOf(request), caller.tenantId, query, rollups),
  );
  serve(app, 'GET /api/v1/fraud/offenders', ({ request, caller, query }) =>
    fraudOffenders(analyticsOf(request), caller.tenantId, query),
  );
}
