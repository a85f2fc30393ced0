import { type ErrorReply, toValidationReply, type ValidationErrorReply } from '@clickledger/contract';
import type { FastifyError, FastifyInstance, FastifyRequest } from 'fastify';
import { Counter, type Registry } from 'prom-client';
import { ZodError } from 'zod';
import { isUnknownZone } from '../../analytics/client.js';
import { errorFields, type Log } from '../../lib/log.js';
import { Invalid, Told } from '../../lib/told.js';
import { isTransient } from '../../lib/transient.js';
import { ENCODINGS_TAKEN, EncodingNotTaken, TypeNotTaken } from './content-encoding.js';

export const RETRY_AFTER_SECONDS = 1;

export const errorReply = (code: string, message: string): ErrorReply => ({ error: { code, message } });
export const formError = (message: string): ValidationErrorReply => ({
  error: { formErrors: [message], fieldErrors: {} },
});

/** What is said of every store that is away. */
export const UNAVAILABLE = errorReply(
  'unavailable',
  'A store can not answer now; try again. GET /health says which.',
);

/** Codes of Fastify's own errors, in the words of our contract. */
const FASTIFY_ERRORS: Record<string, { code: string; message?: string }> = {
  FST_ERR_CTP_BODY_TOO_LARGE: { code: 'body_too_large' },
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: {
    code: 'invalid_content_length',
    message: 'The body is not as long as its Content-Length says, or not UTF-8.',
  },
};

/** What is sent for an error. */
export interface ErrorAnswer {
  status: number;
  body: ErrorReply | ValidationErrorReply;
  retryAfterSeconds: number | null;
}

/**
 * What each error is answered with: in the shape of the contract, with no more than its client should know. A store that is away is
 * 503; whatever nobody expected is 500, logged with its stack under the id of its request, and counted.
 */
export class ErrorReplies {
  readonly #log: Log;
  readonly #internal: Counter<'route'>;

  constructor({ log, registry }: { log: Log; registry: Registry }) {
    this.#log = log;
    this.#internal = new Counter({
      name: 'clickledger_http_internal_errors_total',
      help: 'Requests answered with 500, by route: faults of this server.',
      labelNames: ['route'],
      registers: [registry],
    });
  }

  of(error: unknown, request: { id: string; method: string; route: string }): ErrorAnswer {
    const { route, id: requestId, method } = request;
    if (error instanceof Told) {
      if (error.status === 500) this.#internal.inc({ route });
      return error;
    }
    if (isUnknownZone(error)) return new Invalid('Unknown time zone', 'timezone');
    const known = error instanceof ZodError ? answer(400, toValidationReply(error)) : fastifyAnswer(error);
    if (known) return known;
    const fields = { requestId, method, route, ...errorFields(error) };
    if (isTransient(error)) {
      this.#log.warn(fields, 'a store could not answer a request');
      return { status: 503, body: UNAVAILABLE, retryAfterSeconds: RETRY_AFTER_SECONDS };
    }
    this.#internal.inc({ route });
    this.#log.error(fields, 'a request failed');
    return answer(
      500,
      errorReply(
        'internal',
        `The server failed to answer this. The log has the reason: request ${requestId}.`,
      ),
    );
  }
}

const answer = (status: number, body: ErrorAnswer['body']): ErrorAnswer => ({
  status,
  body,
  retryAfterSeconds: null,
});

/** Of Fastify's own errors: a body that it could not read, or a server that closes. */
function fastifyAnswer(error: unknown): ErrorAnswer | null {
  const { code = '', statusCode = 500, message } = error as FastifyError;
  const known = FASTIFY_ERRORS[code];
  if (statusCode === 400) return answer(400, formError(known?.message ?? message));
  if (known) return answer(statusCode, errorReply(known.code, known.message ?? message));
  return statusCode > 400 && statusCode < 500 ? answer(statusCode, formError(message)) : null;
}

/** A browser that opens one of the dashboard's pages by its address; which pages there are is the dashboard's affair. */
const isDashboardPage = (request: FastifyRequest, path: string): boolean =>
  request.method === 'GET' &&
  !/^\/(api|assets|docs)\//.test(path) &&
  (request.headers.accept ?? '').includes('text/html');

/** Every error leaves in the shape of the contract, and none with more than its client should know. */
export function registerErrors(app: FastifyInstance, replies: ErrorReplies): void {
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?')[0] ?? '';
    if (isDashboardPage(request, path) && 'sendFile' in reply) return reply.sendFile('index.html');
    return reply
      .code(404)
      .send(errorReply('not_found', `There is no ${request.method} ${path.slice(0, 200)}.`));
  });
  app.setErrorHandler((thrown: FastifyError, request, reply) => {
    const error =
      thrown.code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE' ? new TypeNotTaken(request.headers) : thrown;
    // With no other 415: a client tells by it what was wrong (RFC 7694, section 3).
    if (error instanceof EncodingNotTaken) reply.header('accept-encoding', ENCODINGS_TAKEN);
    const { status, body, retryAfterSeconds } = replies.of(error, {
      id: request.id,
      method: request.method,
      route: request.routeOptions.url ?? 'none',
    });
    if (retryAfterSeconds !== null) reply.header('retry-after', String(retryAfterSeconds));
    return reply.code(status).send(body);
  });
}

/** Fields of fields by their path: `velocity_ip.count_max`. */
export function namingFields(error: ZodError): ValidationErrorReply {
  const formErrors: string[] = [];
  const fieldErrors: Record<string, string[]> = {};
  for (const { path, message } of error.issues) {
    if (path.length === 0) formErrors.push(message);
    else {
      const name = path.join('.');
      fieldErrors[name] = [...(fieldErrors[name] ?? []), message];
    }
  }
  return { error: { formErrors, fieldErrors } };
}
