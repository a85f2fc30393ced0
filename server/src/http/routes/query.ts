import { aggregateQueryAt } from '@clickledger/contract';
import type { FastifyInstance } from 'fastify';
import { narrowToAdvertisers } from '../../accounts/advertiser-view.js';
import { aggregate } from '../../analytics/queries/aggregate.js';
import { serve } from '../server/serve.js';
import type { Services } from '../server/services.js';

/** `GET /api/v1/analytics/aggregate` */
export function registerQueries(app: FastifyInstance, { analyticsOf, foldedDays, now }: Services): void {
  if (!analyticsOf || !foldedDays) return;
  serve(app, 'GET /api/v1/analytics/aggregate', ({ request, caller, query }) => {
    const asked = narrowToAdvertisers(caller, aggregateQueryAt(query, now()));
    return aggregate(analyticsOf(request), caller.tenantId, asked, foldedDays);
  });
}
