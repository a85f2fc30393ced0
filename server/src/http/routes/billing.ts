import { Period, PeriodQuery, type PeriodsReply, StatementsQuery } from '@clickledger/contract';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { callerOf } from '../../accounts/caller.js';
import { readBills } from '../../billing/bills.js';
import { closePeriod, NotClosable } from '../../billing/close.js';
import { listMonths } from '../../billing/months.js';
import { statementCsv } from '../../billing/statement-csv.js';
import { findStatement, listStatements } from '../../billing/statements.js';
import { verifyStatement } from '../../billing/verify.js';
import { errorReply } from '../server/errors.js';
import { asFile } from '../server/file-reply.js';
import type { Services } from '../server/services.js';

const PeriodParams = z.object({ period: Period });
const StatementParams = z.object({ statement_id: z.coerce.number('Expected a number').int().positive() });

const VERIFY_BUSY = {
  message:
    'A statement is being counted again for this account, or on this server. Try again when that has ended.',
  retryAfterSeconds: 10,
};

/** `/api/v1/billing/…`: months, closing, statements. */
export function registerBilling(app: FastifyInstance, services: Services): void {
  const { operatorPool, ledgerOf, slowLedgerOf, slowReads, analyticsOf, now } = services;
  const partsOf = (request: FastifyRequest) => ({
    pool: ledgerOf(request),
    analytics: analyticsOf?.(request) ?? null,
    now,
  });

  app.get(
    '/api/v1/billing/periods',
    async (request): Promise<PeriodsReply> => ({
      data: await listMonths(partsOf(request), callerOf(request).tenantId),
    }),
  );
  app.get('/api/v1/billing/periods/:period', async (request) => {
    const { period } = PeriodParams.parse(request.params);
    const page = PeriodQuery.parse(request.query);
    return readBills(partsOf(request), callerOf(request).tenantId, period, page);
  });
  app.post('/api/v1/billing/periods/:period/close', async (request, reply) => {
    const { period } = PeriodParams.parse(request.params);
    const { tenantId, actor } = callerOf(request);
    try {
      // Closing fixes chunks, which are of all tenants: as the owner of the ledger, for this caller's tenant.
      const isNew = await closePeriod({ ...partsOf(request), pool: operatorPool }, tenantId, period, actor);
      return reply
        .code(isNew ? 201 : 200)
        .send(await readBills(partsOf(request), tenantId, period, PeriodQuery.parse({})));
    } catch (error) {
      if (!(error instanceof NotClosable)) throw error;
      return reply.code(409).send(errorReply('not_closable', error.message));
    }
  });

  app.get('/api/v1/billing/statements', async (request) => {
    const query = StatementsQuery.parse(request.query);
    return listStatements(ledgerOf(request), callerOf(request).tenantId, query);
  });
  const find = async (request: FastifyRequest) => {
    const { statement_id: id } = StatementParams.parse(request.params);
    return findStatement(ledgerOf(request), callerOf(request).tenantId, id);
  };
  app.get('/api/v1/billing/statements/:statement_id', async (request, reply) => {
    return (await find(request)) ?? none(reply);
  });
  app.get('/api/v1/billing/statements/:statement_id/statement.csv', async (request, reply) => {
    const statement = await find(request);
    if (!statement) return none(reply);
    return asFile(reply, `statement-${statement.number}.csv`).send(statementCsv(statement));
  });
  app.get('/api/v1/billing/statements/:statement_id/verify', async (request, reply) => {
    const statement = await find(request);
    if (!statement) return none(reply);
    const { tenantId } = callerOf(request);
    return slowReads.during(tenantId, VERIFY_BUSY, () =>
      verifyStatement(slowLedgerOf(request), tenantId, statement),
    );
  });
}

const none = (reply: FastifyReply) =>
  reply.code(404).send(errorReply('not_found', 'No statement with this ID.'));
