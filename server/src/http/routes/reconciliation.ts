import type { RebuildReply, ReconciliationReply } from '@clickledger/contract';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { callerOf } from '../../accounts/caller.js';
import { recordAudit } from '../../audit/audit.js';
import { readReconciliation } from '../../ledger/reconciliation.js';
import { inTransaction } from '../../lib/transaction.js';
import type { RebuildProgress } from '../../relay/rebuild.js';
import { errorReply } from '../server/errors.js';
import type { Services } from '../server/services.js';

/** `GET /api/v1/admin/reconciliation`, and `GET` and `POST /api/v1/admin/rebuild`. */
export function registerReconciliation(app: FastifyInstance, { operatorPool, rebuild }: Services): void {
  app.get('/api/v1/admin/reconciliation', async (): Promise<ReconciliationReply> => {
    const summary = await readReconciliation(operatorPool);
    const counts = ({ clicks, fraud }: { clicks: number; fraud: number }) => ({
      clicks,
      fraud_clicks: fraud,
    });
    return {
      checked_chunks: summary.checkedChunks,
      unchecked_chunks: summary.uncheckedChunks,
      last_checked_at: summary.lastCheckedAt,
      differences_found: summary.found,
      differences_open: summary.open,
      recent: summary.recent.map((one) => ({
        place: one.place,
        tenant_id: one.tenantId,
        minute: one.minute,
        expected: counts(one.ledger),
        found: counts(one.found),
        ids_differ: one.idsDiffer,
        found_at: one.foundAt,
        repaired_at: one.repairedAt,
      })),
    };
  });

  app.get('/api/v1/admin/rebuild', async (_request, reply) =>
    rebuild && !rebuild.isElsewhere ? toReply(rebuild.progress) : notHere(reply),
  );
  app.post('/api/v1/admin/rebuild', async (request, reply) => {
    if (!rebuild || rebuild.isElsewhere) return notHere(reply);
    const { tenantId, actor } = callerOf(request);
    if (rebuild.start(null))
      await inTransaction(operatorPool, (client) =>
        recordAudit(client, {
          tenantId,
          actor,
          action: 'analytics.rebuild',
          subject: 'all',
          before: null,
          after: null,
        }),
      );
    return reply.code(202).send(toReply(rebuild.progress));
  });
}

const notHere = (reply: FastifyReply) =>
  reply.code(409).send(errorReply('not_here', 'This process does not relay; ask the one that does.'));

function toReply(progress: RebuildProgress): RebuildReply {
  return {
    state: progress.state,
    months: progress.months && [...progress.months],
    months_exchanged: [...progress.exchanged],
    months_kept: [...progress.kept],
    clicks_done: progress.clicksDone,
    clicks_total: progress.clicksTotal,
    seconds: progress.seconds,
    error: progress.error,
  };
}
