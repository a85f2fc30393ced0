import { Readable } from 'node:stream';
import { LIMITS } from '@clickledger/contract';
import type { FastifyInstance } from 'fastify';
import type { Caller } from '../../accounts/caller.js';
import { NotFound } from '../../lib/told.js';
import {
  changeLink,
  createLink,
  type LinkEditor,
  listLinkChanges,
  makeSigningKey,
} from '../../links/change-links.js';
import { giveLinkHost, listLinkHosts, takeLinkHost } from '../../links/link-hosts.js';
import { exportLinks, importLinks } from '../../links/links-csv.js';
import { findLink, listLinks } from '../../links/links-table.js';
import { asFile } from '../server/file-reply.js';
import { serve } from '../server/serve.js';
import type { Services } from '../server/services.js';

/** `/api/v1/links` and `/api/v1/link-hosts`: list, look up, create, change, history, signing keys, CSV. */
export function registerLinks(
  app: FastifyInstance,
  { ledgerOf, operatorPool, publicUrl, now, ingest }: Services,
): void {
  /** A change is in force here with its reply. */
  const inForce = async <T>(change: Promise<T>): Promise<T> => {
    const changed = await change;
    await ingest?.links.refresh();
    return changed;
  };
  const editorOf = ({ tenantId, actor }: Caller): LinkEditor => ({ tenantId, actor, publicUrl });

  serve(app, 'GET /api/v1/links', ({ request, caller, query }) =>
    listLinks(ledgerOf(request), caller.tenantId, query, publicUrl),
  );
  serve(app, 'POST /api/v1/links', ({ request, caller, body }) =>
    inForce(createLink(ledgerOf(request), editorOf(caller), body)),
  );
  serve(
    app,
    'POST /api/v1/links/import',
    { bodyLimit: LIMITS.linksImportBodyBytesMax },
    ({ request, caller, body }) =>
      inForce(importLinks(ledgerOf(request), editorOf(caller), body.csv, body.dry_run)),
  );
  serve(app, 'GET /api/v1/links/:link_id', async ({ request, caller, params }) => {
    const found = await findLink(ledgerOf(request), caller.tenantId, params.link_id, publicUrl);
    if (!found) throw new NotFound('No link with this ID.');
    return found;
  });
  serve(app, 'PATCH /api/v1/links/:link_id', ({ request, caller, params, body }) =>
    inForce(changeLink(ledgerOf(request), editorOf(caller), params.link_id, body)),
  );
  serve(app, 'GET /api/v1/links/:link_id/changes', async ({ request, caller, params }) => ({
    data: await listLinkChanges(ledgerOf(request), caller.tenantId, params.link_id),
  }));
  serve(app, 'POST /api/v1/links/:link_id/signing-keys', ({ request, caller, params }) =>
    inForce(makeSigningKey(ledgerOf(request), editorOf(caller), params.link_id, now())),
  );
  serve(app, 'GET /api/v1/export/links.csv', { exposeHeadRoute: false }, ({ request, reply, caller }) =>
    asFile(reply, 'clickledger-links.csv').send(
      Readable.from(exportLinks(ledgerOf(request), caller.tenantId, publicUrl)),
    ),
  );

  serve(app, 'GET /api/v1/link-hosts', async ({ request, caller }) => ({
    data: await listLinkHosts(ledgerOf(request), caller.tenantId),
  }));
  serve(app, 'PUT /api/v1/link-hosts/:host', ({ caller, params, body }) =>
    inForce(
      giveLinkHost(operatorPool, params.host, {
        tenantId: caller.tenantId,
        slug: body.tenant,
        actor: caller.actor,
      }),
    ),
  );
  serve(app, 'DELETE /api/v1/link-hosts/:host', async ({ reply, caller, params }) => {
    await inForce(takeLinkHost(operatorPool, params.host, caller.actor));
    return reply.code(204).send();
  });
}
