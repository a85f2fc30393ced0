import {
  type Ad,
  AdChange,
  AdSetUp,
  AdsQuery,
  type Advertiser,
  AdvertiserChange,
  AdvertiserSetUp,
  AdvertisersQuery,
  type Campaign,
  CampaignChange,
  CampaignSetUp,
  CampaignsQuery,
  filterField,
  newIdField,
} from '@clickledger/contract';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { callerOf } from '../../accounts/caller.js';
import { changeEntity, listChanges } from '../../ledger/entity-change.js';
import { AD, ADVERTISER, CAMPAIGN, type EntityKind } from '../../ledger/entity-kinds.js';
import { findEntity, listEntities } from '../../ledger/entity-list.js';
import { errorReply } from '../server/errors.js';
import type { Services } from '../server/services.js';

interface Schemas {
  query: z.ZodType<{
    limit: number;
    after?: string | undefined;
    advertiser_id?: string | undefined;
    campaign_id?: string | undefined;
  }>;
  change: z.ZodType<Record<string, unknown>>;
  setUp: z.ZodType<Record<string, unknown>>;
}

/** `/api/v1/campaigns`, `/ads` and `/advertisers`: list, look up, set up, change, history. */
export function registerEntities(app: FastifyInstance, services: Services): void {
  register<Campaign>(app, services, CAMPAIGN, {
    query: CampaignsQuery,
    change: CampaignChange,
    setUp: CampaignSetUp,
  });
  register<Ad>(app, services, AD, { query: AdsQuery, change: AdChange, setUp: AdSetUp });
  register<Advertiser>(app, services, ADVERTISER, {
    query: AdvertisersQuery,
    change: AdvertiserChange,
    setUp: AdvertiserSetUp,
  });
}

function register<T>(app: FastifyInstance, { ledgerOf }: Services, kind: EntityKind, schemas: Schemas): void {
  const path = `/api/v1/${kind.table}`;
  const onePath = `${path}/:${kind.idColumn}`;
  const params = z.object({ [kind.idColumn]: filterField() });
  const idOf = (given: unknown) => params.parse(given)[kind.idColumn] as string;
  const newParams = z.object({ [kind.idColumn]: newIdField() });
  const none = errorReply('not_found', `No ${kind.kind} with this ID.`);

  app.get(path, async (request) => {
    const query = schemas.query.parse(request.query);
    return listEntities<T>(ledgerOf(request), callerOf(request).tenantId, kind, {
      parent: (kind.parentColumn && query[kind.parentColumn]) ?? null,
      after: query.after ?? null,
      limit: query.limit,
    });
  });

  app.get(onePath, async (request, reply) => {
    const found = await findEntity<T>(
      ledgerOf(request),
      callerOf(request).tenantId,
      kind,
      idOf(request.params),
    );
    return found ?? reply.code(404).send(none);
  });

  app.get(`${onePath}/changes`, async (request) => ({
    data: await listChanges(ledgerOf(request), callerOf(request).tenantId, kind, idOf(request.params)),
  }));

  for (const method of ['PUT', 'PATCH'] as const)
    app.route({
      method,
      url: onePath,
      handler: async (request, reply) => {
        const { tenantId, actor } = callerOf(request);
        const isNew = method === 'PUT';
        if (isNew) newParams.parse(request.params);
        const edit = {
          tenantId,
          kind,
          id: idOf(request.params),
          fields: (isNew ? schemas.setUp : schemas.change).parse(request.body),
          changedBy: actor,
        };
        const changed = await changeEntity<T>(ledgerOf(request), edit, isNew);
        return changed ?? reply.code(404).send(none);
      },
    });
}
