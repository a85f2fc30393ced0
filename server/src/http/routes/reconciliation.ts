import type { RebuildReply } from '@clickledger/contract';
import type { FastifyInstance } from 'fastify';
import { recordAudit } from '../../audit/audit.js';
import { readReconciliation } from '../../ledger/reconciliation.js';
import { Told } from '../../lib/told.js';
import { inTransaction } from '../../lib/transaction.js';
import type { Rebuild, RebuildProgress } from '../../relay/rebuild.js';
import { serve } from '../server/serve.js';
import type { Services } from '../server/services.js';

/** `GET /api/v1/admin/reconciliation`, and `GET` and `POST /api/v1/admin/rebuild`. */
export function registerReconciliation(app: FastifyInstance, { operatorPool, rebuild }: Services): void {
  serve(app, 'GET /api/v1/admin/reconciliation', async () => {
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

  const rebuildHere = (): Rebuild => {
    if (rebuild && !rebuild.isElsewhere) return rebuild;
    throw new Told(409, 'not_here', 'This process does not relay; ask the one that does.');
  };
  serve(app, 'GET /api/v1/admin/rebuild', () => toReply(rebuildHere().progress));
  serve(app, 'POST /api/v1/admin/rebuild', async ({ caller: { tenantId, actor } }) => {
    const here = rebuildHere();
    if (here.start(null))
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
    return toReply(here.progress);
  });
}

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
