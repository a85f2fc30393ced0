import { LIMITS } from '@clickledger/contract';
import type { FastifyInstance } from 'fastify';
import { callerOf } from '../../accounts/caller.js';
import { deleteTestData } from '../../accounts/test-data.js';
import { errorReply } from '../server/errors.js';
import type { Services } from '../server/services.js';
import { putInForce } from '../server/test-tenant.js';

const TOO_OFTEN = `Test data was deleted ${LIMITS.testDataDeletionsPerHourMax} times within an hour. Try again later.`;

/** `DELETE /api/v1/test-data`. On other nodes it is in force within 5 s. */
export function registerTestData(app: FastifyInstance, services: Services): void {
  app.delete('/api/v1/test-data', async (request, reply) => {
    const { tenantId, actor } = callerOf(request);
    if (!(await deleteTestData(services.operatorPool, tenantId, actor)))
      return reply.code(409).send(errorReply('too_many', TOO_OFTEN));
    await putInForce(services, tenantId);
    return reply.code(204).send();
  });
}
