import { FraudSummaryQuery, OffendersQuery } from '@clickledger/contract';
import type { FastifyInstance } from 'fastify';
import { fraudOffenders } from '../analytics/fraud-offenders.js';
import { fraudSummary } from '../analytics/fraud-summary.js';
import { DEFAULT_TENANT_ID, type Services } from './services.js';

/** `GET /api/v1/fraud/summary` and `GET /api/v1/fraud/offenders`. */
export function registerFraud(app: FastifyInstance, { analytics }: Services): void {
  if (!analytics) return;
  app.get('/api/v1/fraud/summary', async (request) =>
    fraudSummary(analytics, DEFAULT_TENANT_ID, FraudSummaryQuery.parse(request.query)),
  );
  app.get('/api/v1/fraud/offenders', async (request) =>
    fraudOffenders(analytics, DEFAULT_TENANT_ID, OffendersQuery.parse(request.query)),
  );
}
