import type { Campaign } from '@clickledger/contract';
import type { FastifyInstance } from 'fastify';
import { changeEntity, listChanges } from '../../ledger/entity-change.js';
import { AD, ADVERTISER, CAMPAIGN, type EntityKind } from '../../ledger/entity-kinds.js';
import { findEntity, listEntities } from '../../ledger/entity-list.js';
import { NotFound } from '../../lib/told.js';
import { serve } from '../server/serve.js';
import type { Services } from '../server/services.js';

/** `/api/v1/campaigns`, `/ads` and `/advertisers`: list, look up, set up, change, history. */
export function registerEntities(app: FastifyInstance, services: Services): void {
  for (const kind of [CAMPAIGN, AD, ADVERTISER]) register(app, services, kind);
}

type ParentColumn = NonNullable<EntityKind['parentColumn']>;

function register(app: FastifyInstance, { ledgerOf }: Services, kind: EntityKind): void {
  // The routes of campaigns stand for those of all three kinds, whose columns the kind names.
  const path = `/api/v1/${kind.table}` as '/api/v1/campaigns';
  const onePath = `${path}/:${kind.idColumn}` as '/api/v1/campaigns/:campaign_id';
  const idOf = (params: Record<string, string>) => params[kind.idColumn] as string;
  const orNone = (found: Campaign | null) => {
    if (!found) throw new NotFound(`No ${kind.kind} with this ID.`);
    return found;
  };

  serve(app, `GET ${path}`, ({ request, caller, query }) =>
    listEntities<Campaign>(ledgerOf(request), caller.tenantId, kind, {
      parent:
        (kind.parentColumn && (query as { [parent in ParentColumn]?: string })[kind.parentColumn]) ?? null,
      after: query.after ?? null,
      limit: query.limit,
    }),
  );

  serve(app, `GET ${onePath}`, async ({ request, caller, params }) =>
    orNone(await findEntity(ledgerOf(request), caller.tenantId, kind, idOf(params))),
  );

  serve(app, `GET ${onePath}/changes`, async ({ request, caller, params }) => ({
    data: await listChanges(ledgerOf(request), caller.tenantId, kind, idOf(params)),
  }));

  for (const method of ['PUT', 'PATCH'] as const)
    serve(app, `${method} ${onePath}`, async ({ request, caller, params, body }) => {
      const { tenantId, actor } = caller;
      const edit = { tenantId, kind, id: idOf(params), fields: body, changedBy: actor };
      return orNone(await changeEntity(ledgerOf(request), edit, method === 'PUT'));
    });
}
