import { AggregateQuery } from '@clickledger/contract';
import type { FastifyInstance } from 'fastify';
import { aggregate } from '../analytics/aggregate.js';
import { listCampaigns } from '../ledger/entities.js';
import { DEFAULT_TENANT_ID, type Services } from './services.js';

/** `GET /api/v1/analytics/aggregate` and `GET /api/v1/campaigns`. */
export function registerQueries(app: FastifyInstance, services: Services): void {
  const { analytics } = services;
  if (!analytics) return;
  app.get('/api/v1/analytics/aggregate', async (request) =>
    aggregate(analytics, DEFAULT_TENANT_ID, AggregateQuery.parse(request.query)),
  );
  app.get('/api/v1/campaigns', async () => ({ data: await listCampaigns(services.pool, DEFAULT_TENANT_ID) }));
}
