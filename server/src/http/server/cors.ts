import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { errorReply } from './errors.js';
import type { Services } from './services.js';

/** How long a browser remembers the answer, in seconds: a key that loses an origin is refused by the request itself. */
const MAX_AGE_SECONDS = '600';

/**
 * What browsers ask before a page of another site sends a click: allowed for the origins that some key names. The request
 * that follows brings the key, and is refused when it is not the one. No other route answers pages of other sites, and
 * none takes their cookies.
 */
export function registerCors(app: FastifyInstance, { access }: Services): void {
  const answer = (request: FastifyRequest, reply: FastifyReply) => {
    const { origin } = request.headers;
    reply.header('vary', 'Origin');
    if (origin === undefined || !access.isKnownOrigin(origin))
      return reply.code(403).send(errorReply('origin_not_allowed', 'No key may be used from this origin.'));
    return reply
      .code(204)
      .header('access-control-allow-origin', origin)
      .header('access-control-allow-methods', 'POST')
      .header('access-control-allow-headers', 'Authorization, Content-Type, Idempotency-Key, X-API-Key')
      .header('access-control-max-age', MAX_AGE_SECONDS)
      .send();
  };
  app.options('/api/v1/clicks', answer);
  app.options('/api/v1/clicks/batch', answer);
  app.options('/api/v1/conversions', answer);
  app.options('/api/v1/conversions/batch', answer);
}
