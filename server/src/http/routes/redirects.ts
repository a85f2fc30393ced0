import type { FastifyInstance } from 'fastify';
import { redirectFields } from '../server/redirect-reply.js';
import { serve } from '../server/serve.js';
import type { Services } from '../server/services.js';

const NO_LINK = 'This link doesn’t exist.\n';

/** `GET /r/:slug`: a link that somebody follows. */
export function registerRedirects(app: FastifyInstance, { ingest }: Services): void {
  if (!ingest) return;
  serve(app, 'GET /r/:slug', async ({ request, reply, params }) => {
    const { url, method, headers, id, ip } = request;
    const at = url.indexOf('?');
    const redirection = ingest.follow({
      method,
      slug: params.slug,
      query: at < 0 ? '' : url.slice(at + 1),
      headers,
      // Not there when the client has hung up meanwhile.
      address: ip ?? null,
      requestId: id,
    });
    if (redirection === null)
      return reply
        .code(404)
        .headers({ 'cache-control': 'no-store', 'x-robots-tag': 'noindex' })
        .type('text/plain; charset=utf-8')
        .send(NO_LINK);
    await redirection.safe;
    return reply.code(302).headers(redirectFields(redirection)).send();
  });
}
