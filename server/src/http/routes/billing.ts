import { PeriodQuery } from '@clickledger/contract';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { callerOf } from '../../accounts/caller.js';
import { readBills } from '../../billing/bills.js';
import { closePeriod } from '../../billing/close-month.js';
import { listMonths } from '../../billing/months.js';
import { statementCsv } from '../../billing/statement-csv.js';
import { findStatement, listStatements } from '../../billing/statements.js';
import { verifyStatement } from '../../billing/verify.js';
import { NotFound } from '../../lib/told.js';
import { asFile } from '../server/file-reply.js';
import { serve } from '../server/serve.js';
import type { Services } from '../server/services.js';

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

  serve(app, 'GET /api/v1/billing/periods', async ({ request, caller }) => ({
    data: await listMonths(partsOf(request), caller.tenantId),
  }));
  serve(app, 'GET /api/v1/billing/periods/:period', ({ request, caller, params, query }) =>
    readBills(partsOf(request), caller.tenantId, params.period, query),
  );
  serve(app, 'POST /api/v1/billing/periods/:period/close', async ({ request, reply, caller, params }) => {
    const { tenantId, actor } = caller;
    const parts = partsOf(request);
    // Closing fixes chunks, which are of all tenants: as the owner of the ledger, for this caller's tenant.
    const isNew = await closePeriod({ ...parts, pool: operatorPool }, tenantId, params.period, actor);
    reply.code(isNew ? 201 : 200);
    return readBills(parts, tenantId, params.period, PeriodQuery.parse({}));
  });

  serve(app, 'GET /api/v1/billing/statements', ({ request, caller, query }) =>
    listStatements(ledgerOf(request), caller.tenantId, query),
  );
  const find = async (request: FastifyRequest, id: number) => {
    const statement = await findStatement(ledgerOf(request), callerOf(request).tenantId, id);
    if (!statement) throw new NotFound('No statement with this ID.');
    return statement;
  };
  serve(app, 'GET /api/v1/billing/statements/:statement_id', ({ request, params }) =>
    find(request, params.statement_id),
  );
  serve(
    app,
    'GET /api/v1/billing/statements/:statement_id/statement.csv',
    async ({ request, reply, params }) => {
      const statement = await find(request, params.statement_id);
      return asFile(reply, `statement-${statement.number}.csv`).send(statementCsv(statement));
    },
  );
  serve(
    app,
    'GET /api/v1/billing/statements/:statement_id/verify',
    async ({ request, caller: { tenantId }, params }) => {
      const statement = await find(request, params.statement_id);
      return slowReads.during(tenantId, VERIFY_BUSY, () =>
        verifyStatement(slowLedgerOf(request), tenantId, statement),
      );
    },
  );
}
