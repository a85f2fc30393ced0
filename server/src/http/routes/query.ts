import { aggregateQueryAt } from '@clickledger/contract';
import type { FastifyInstance } from 'fastify';
import { readCurrency } from '../../accounts/account-settings.js';
import { narrowToAdvertisers } from '../../accounts/advertiser-view.js';
import { aggregate } from '../../analytics/queries/aggregate.js';
import { timeToConvert } from '../../analytics/queries/time-to-convert.js';
import type { ErrorReplies } from '../server/errors.js';
import { serve } from '../server/serve.js';
import type { Services } from '../server/services.js';
import { type AnswerOne, registerQuestions } from './questions.js';

/**
 * `GET /api/v1/analytics/aggregate`, `POST /api/v1/analytics/questions` for several of them, and
 * `GET /api/v1/analytics/time-to-convert`.
 */
export function registerQueries(app: FastifyInstance, services: Services, replies: ErrorReplies): void {
  const { analyticsOf, ledgerOf, rollups, now } = services;
  if (!analyticsOf || !rollups) return;
  const answerOne: AnswerOne = async (request, caller, parameters) => {
    const asked = narrowToAdvertisers(caller, aggregateQueryAt(parameters, now()));
    return aggregate(analyticsOf(request), caller.tenantId, asked, rollups, (tenantId) =>
      readCurrency(ledgerOf(request), tenantId),
    );
  };
  serve(app, 'GET /api/v1/analytics/aggregate', ({ request, caller, query }) =>
    answerOne(request, caller, query),
  );
  serve(app, 'GET /api/v1/analytics/time-to-convert', ({ request, caller, query }) =>
    timeToConvert(analyticsOf(request), caller.tenantId, narrowToAdvertisers(caller, query)),
  );
  registerQuestions(app, services, replies, answerOne);
}
