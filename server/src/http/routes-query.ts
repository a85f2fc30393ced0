import { AggregateQuery } from '@clickledger/contract';
import type { FastifyInstance } from 'fastify';
import { aggregate } from '../analytics/aggregate.js';
import { DEFAULT_TENANT_ID, type Services } from './services.js';

/** `GET /api/v1/analytics/aggregate` */
export function registerQueries(app: FastifyInstance, services: Services): void {
  const { analytics } = services;
  if (!analytics) return;
  app.get('/api/v1/analytics/aggregate', async (request) =>
    aggregate(analytics, DEFAULT_TENANT_ID, AggregateQuery.parse(request.query)),
  );
}
