import { LIMITS } from '@clickledger/contract';
import type { FastifyInstance } from 'fastify';
import { PIXEL } from '../../lib/pixel.js';
import { Told } from '../../lib/told.js';
import { bodyHashOf } from '../server/json-body.js';
import { serve } from '../server/serve.js';
import type { Services } from '../server/services.js';

/** `GET /i/{slug}.gif` and `POST /api/v1/impressions`. */
export function registerImpressions(app: FastifyInstance, services: Services): void {
  const { impressions } = services;
  if (!impressions) return;

  // The same image for every slug: a page must not show which links there are.
  serve(app, 'GET /i/:slug.gif', ({ request, reply }) => {
    const { slug } = request.params as { slug: string };
    const { method, headers, ip } = request;
    impressions.shown(request.hostname, slug, { method, headers, address: ip ?? null });
    return (
      reply
        .header('cache-control', 'no-store')
        // Images of other sites are what it is for.
        .header('cross-origin-resource-policy', 'cross-origin')
        .type('image/gif')
        .send(PIXEL)
    );
  });

  serve(
    app,
    'POST /api/v1/impressions',
    { bodyLimit: LIMITS.impressionsBodyBytesMax },
    async ({ reply, caller, body }) => {
      const { report_id: reportId, impressions: entries } = body;
      const result = await impressions.report({
        tenantId: caller.tenantId,
        reportId,
        // Of what it says: the same report may be sent with other spaces.
        bodyHash: bodyHashOf('', Buffer.from(JSON.stringify(entries))),
        entries,
      });
      if (typeof result === 'object') return reply.code(400).send({ error: { formErrors: [], ...result } });
      if (result === 'reused')
        throw new Told(422, 'report_id_reused', 'This report_id was used with another body.');
      if (result === 'new') reply.code(202);
      else reply.code(200);
      return {
        entries: entries.length,
        impressions: entries.reduce((sum, { count }) => sum + count, 0),
        is_duplicate: result === 'repeat',
      };
    },
  );
}
