import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Ingest } from '../ingest/ingest.js';
import { Refused } from '../ingest/submission.js';
import { bringsClicks } from './refuse-unread.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** SHA-256 of the route and the body as sent; only when the request carries an Idempotency-Key. */
    bodyHash: string;
  }
}

const wrong = (message: string) => Object.assign(new Error(message), { statusCode: 400 });

/**
 * Parses JSON with Fastify's own safe parser, and keeps the hash that tells "same key, another request". Bytes that are
 * no UTF-8 are refused: decoded all the same, two ids that differ in them would become one.
 */
export function registerJsonBody(app: FastifyInstance, ingest: Ingest | null): void {
  app.decorateRequest('bodyHash', '');
  const parse = app.getDefaultJsonParser('error', 'error');
  app.removeContentTypeParser('application/json');
  app.addContentTypeParser(
    'application/json',
    { parseAs: 'buffer' },
    (request: FastifyRequest, body: Buffer, done) => {
      // The queue may have filled while the body came in.
      if (ingest && bringsClicks(request.raw) && ingest.isFull) {
        ingest.refusedUnread();
        return done(new Refused('queue_full'));
      }
      if (request.headers['idempotency-key'] !== undefined)
        request.bodyHash = createHash('sha256')
          .update(`${request.routeOptions.url}\n`)
          .update(body)
          .digest('base64url')
          .slice(0, 22);
      if (body.length === 0) return done(wrong('The body is empty; send a JSON object.'));
      if (!isUtf8(body)) return done(wrong('The body is not UTF-8.'));
      parse(request, body.toString('utf8'), (error, value) => {
        if (error) done(wrong('The body is not valid JSON.'));
        else done(null, value);
      });
    },
  );
}
