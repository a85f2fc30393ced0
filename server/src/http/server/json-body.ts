import { isUtf8 } from 'node:buffer';
import { hash } from 'node:crypto';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { parse } from 'secure-json-parse';
import { callerOf } from '../../accounts/caller.js';
import { Refused } from '../../ingest/submission.js';
import { ownTurn } from '../../lib/own-turn.js';
import { encodingOf, TypeNotTaken, unpackBody } from './content-encoding.js';
import { bringsClicks } from './refuse-when-full.js';
import type { Services } from './services.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** SHA-256 of the route and the body as sent; only when the request carries an Idempotency-Key. */
    bodyHash: string;
  }
}

const wrong = (message: string) => Object.assign(new Error(message), { statusCode: 400 });

/** The hash that tells "same key, another request": of the route and the body as sent, 22 characters of base64url. */
export function bodyHashOf(route: string, body: Buffer): string {
  return hash('sha256', Buffer.concat([Buffer.from(`${route}\n`), body]), 'base64url').slice(0, 22);
}

/**
 * The value of a JSON body, with what poisons prototypes refused. Bytes that are no UTF-8 are refused too: decoded all the same, two
 * ids that differ in them would become one.
 *
 * @throws an error with status 400 that says what is wrong
 */
export function readJson(body: Buffer): unknown {
  if (body.length === 0) throw wrong('The body is empty; send a JSON object.');
  if (!isUtf8(body)) throw wrong('The body is not UTF-8.');
  try {
    return parse(body.toString('utf8'), { protoAction: 'error', constructorAction: 'error' });
  } catch {
    throw wrong('The body is not valid JSON.');
  }
}

/** Where `text/plain` is read as JSON: what `navigator.sendBeacon` sends, which can name no other type of text. */
const BEACON_ROUTES: ReadonlySet<string | undefined> = new Set([
  '/api/v1/clicks',
  '/api/v1/clicks/batch',
  '/api/v1/conversions',
  '/api/v1/conversions/batch',
]);
const CONVERSION_ROUTES: ReadonlySet<string | undefined> = new Set([
  '/api/v1/conversions',
  '/api/v1/conversions/batch',
]);

/** Parsing more takes milliseconds: each such body has a turn of the event loop of its own. */
const LARGE_BYTES = 32_768;

type Done = (error: Error | null, value?: unknown) => void;

/**
 * Reads JSON bodies, packed ones too, and keeps the hash of those that come with an Idempotency-Key. Who may send one was asked
 * before, of every type alike: a page of another site needs a key that names its origin, and no cookie of ours comes with it.
 */
export function registerJsonBody(
  app: FastifyInstance,
  { ingest: role, conversions }: Pick<Services, 'ingest' | 'conversions'>,
): void {
  const ingest = role?.ingest ?? null;
  app.decorateRequest('bodyHash', '');
  app.removeContentTypeParser(['application/json', 'text/plain']);

  const take = (request: FastifyRequest, body: Buffer, done: Done) => {
    const { url = '' } = request.routeOptions;
    if (request.headers['idempotency-key'] !== undefined) request.bodyHash = bodyHashOf(url, body);
    try {
      done(null, readJson(body));
    } catch (error) {
      done(error as Error);
    }
  };
  /** The queue may have filled while the body came in, or waited. */
  const refusalOf = (request: FastifyRequest): Error | null => {
    if (ingest && bringsClicks(request.raw)) {
      if (!ingest.isFullFor(callerOf(request).tenantId)) return null;
      ingest.refusedUnread();
      return new Refused('queue_full');
    }
    if (!conversions || !CONVERSION_ROUTES.has(request.routeOptions.url)) return null;
    const { intake } = conversions;
    return intake.isFullFor(callerOf(request).tenantId) ? intake.refuseUnread() : null;
  };
  const takeInTurn = (request: FastifyRequest, body: Buffer, done: Done) => {
    if (body.length <= LARGE_BYTES) return take(request, body, done);
    void ownTurn().then(() => {
      const refusal = refusalOf(request);
      if (refusal) done(refusal);
      else take(request, body, done);
    });
  };
  const read = (request: FastifyRequest, body: Buffer, done: Done) => {
    const refusal = refusalOf(request);
    if (refusal) return done(refusal);
    const encoding = encodingOf(request.headers['content-encoding']);
    if (encoding === null) return takeInTurn(request, body, done);
    unpackBody(body, encoding, request.routeOptions.bodyLimit).then(
      (unpacked) => takeInTurn(request, unpacked, done),
      (error: Error) => done(error),
    );
  };
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, read);
  app.addContentTypeParser(
    'text/plain',
    { parseAs: 'buffer' },
    (request: FastifyRequest, body: Buffer, done) => {
      if (BEACON_ROUTES.has(request.routeOptions.url)) read(request, body, done);
      else done(new TypeNotTaken(request.headers));
    },
  );
}
