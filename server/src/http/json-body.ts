import { hash } from 'node:crypto';
import type { FastifyInstance, FastifyRequest } from 'fastify';

declare module 'fastify' {
  interface FastifyRequest {
    /** SHA-256 of the body as sent; only when the request carries an Idempotency-Key. */
    bodyHash: string;
  }
}

/** Parses JSON with Fastify's own safe parser, and keeps the hash that tells "same key, another body". */
export function registerJsonBody(app: FastifyInstance): void {
  app.decorateRequest('bodyHash', '');
  const parse = app.getDefaultJsonParser('error', 'error');
  app.removeContentTypeParser('application/json');
  app.addContentTypeParser(
    'application/json',
    { parseAs: 'string' },
    (request: FastifyRequest, body: string, done) => {
      if (request.headers['idempotency-key'] !== undefined)
        request.bodyHash = hash('sha256', body, 'base64url').slice(0, 22);
      if (body === '')
        return done(Object.assign(new Error('The body is empty; send a JSON object.'), { statusCode: 400 }));
      parse(request, body, (error, value) => {
        if (error) done(Object.assign(new Error('The body is not valid JSON.'), { statusCode: 400 }));
        else done(null, value);
      });
    },
  );
}
