import { aggregateQueryAt } from '@clickledger/contract';
import type { FastifyInstance } from 'fastify';
import { narrowToAdvertisers } from '../../accounts/advertiser-view.js';
import { aggregate } from '../../analytics/queries/aggregate.js';
import type { ErrorReplies } from '../server/errors.js';
import { serve } from '../server/serve.js';
import type { Services } from '../server/services.js';
import { type AnswerOne, registerQuestions } from './questions.js';

/** `GET /api/v1/analytics/aggregate`, and `POST /api/v1/analytics/questions` for several of them. */
export function registerQueries(app: FastifyInstance, services: Services, replies: ErrorReplies): void {
  const { analyticsOf, rollups, now } = services;
  if (!analyticsOf || !rollups) return;
  const answerOne: AnswerOne = async (request, caller, parameters) => {
    const asked = narrowToAdvertisers(caller, aggregateQueryAt(parameters, now()));
    return aggregate(analyticsOf(request), caller.tenantId, asked, rollups);
  };
  serve(app, 'GET /api/v1/analytics/aggregate', ({ request, caller, query }) =>
    answerOne(request, caller, query),
  );
  registerQuestions(app, services, replies, answerOne);
}
