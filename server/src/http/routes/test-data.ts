import { LIMITS } from '@clickledger/contract';
import type { FastifyInstance } from 'fastify';
import { deleteTestData } from '../../accounts/test-data.js';
import { Told } from '../../lib/told.js';
import { serve } from '../server/serve.js';
import type { Services } from '../server/services.js';
import { putInForce } from '../server/test-tenant.js';

const TOO_OFTEN = `Test data was deleted ${LIMITS.testDataDeletionsPerHourMax} times within an hour. Try again later.`;

/** `DELETE /api/v1/test-data`. On other nodes it is in force within 5 s. */
export function registerTestData(app: FastifyInstance, services: Services): void {
  serve(app, 'DELETE /api/v1/test-data', async ({ caller: { tenantId, actor } }) => {
    if (!(await deleteTestData(services.operatorPool, tenantId, actor)))
      throw new Told(409, 'too_many', TOO_OFTEN);
    await putInForce(services, tenantId);
  });
}
