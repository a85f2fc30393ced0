import { AggregateQuery } from '@clickledger/contract';
import type { FastifyInstance } from 'fastify';
import { narrowToAdvertisers } from '../../accounts/advertiser-view.js';
import { callerOf } from '../../accounts/caller.js';
import { aggregate } from '../../analytics/queries/aggregate.js';
import type { Services } from '../server/services.js';

/** `GET /api/v1/analytics/aggregate` */
export function registerQueries(app: FastifyInstance, services: Services): void {
  const { analyticsOf, foldedDays } = services;
  if (!analyticsOf || !foldedDays) return;
  app.get('/api/v1/analytics/aggregate', async (request) =>
    aggregate(
      analyticsOf(request),
      callerOf(request).tenantId,
      narrowToAdvertisers(callerOf(request), AggregateQuery.parse(request.query)),
      foldedDays,
    ),
  );
}
