import type { FastifyInstance } from 'fastify';

const isText = (escaped: string): boolean => {
  try {
    decodeURIComponent(escaped);
    return true;
  } catch {
    return false;
  }
};

/** The parameter of a query string whose escapes are no UTF-8, as it was sent; null when all are text. */
export function brokenParameter(query: string): string | null {
  if (!query.includes('%') || isText(query)) return null;
  const broken = query.split('&').find((pair) => !isText(pair));
  return broken === undefined ? null : (broken.split('=')[0] ?? '');
}

/** Refuses query strings that are no text: read all the same, `caf%E9` and `caf%E8` would be one id. (Paths are refused by the router.) */
export function registerUrlText(app: FastifyInstance): void {
  app.addHook('onRequest', (request, reply, done) => {
    const { url } = request;
    // Who follows a link arrives, whatever a platform has appended to it.
    if (request.routeOptions.url === '/r/:slug') return done();
    const start = url.indexOf('?');
    const broken = start === -1 ? null : brokenParameter(url.slice(start + 1));
    if (broken === null) return done();
    const message = 'Not percent-encoded UTF-8';
    return reply.code(400).send({ error: { formErrors: [], fieldErrors: { [broken]: [message] } } });
  });
}
