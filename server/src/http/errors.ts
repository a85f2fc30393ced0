import { type ErrorReply, toValidationReply, type ValidationErrorReply } from '@clickledger/contract';
import type { FastifyError, FastifyInstance, FastifyRequest } from 'fastify';
import { ZodError } from 'zod';
import { NotAllowed, Unauthenticated } from '../access/caller.js';
import { TooManyTries } from '../access/password.js';
import { Locked, WrongCredentials } from '../access/sign-in.js';
import { TooManyRows } from '../analytics/aggregate.js';
import { WrongCursor } from '../analytics/click-log.js';
import { RawNotKept } from '../analytics/dropped-months.js';
import { type Refusal, Refused } from '../ingest/submission.js';
import type { Log } from '../log.js';

export const RETRY_AFTER_SECONDS = '1';

export const REFUSALS: Record<Refusal, { status: number; message: string }> = {
  queue_full: { status: 503, message: 'Too many clicks wait for the ledger. Nothing was stored; try again.' },
  ledger_unavailable: {
    status: 503,
    message: 'The ledger can not be reached. Nothing was acknowledged; try again.',
  },
  stopping: { status: 503, message: 'The server is stopping. Nothing was stored; try again.' },
  key_in_flight: {
    status: 409,
    message: 'The first request with this Idempotency-Key is still in flight; try again.',
  },
  key_reused: {
    status: 422,
    message: 'This Idempotency-Key was used with another body, or on another route.',
  },
  not_storable: {
    status: 422,
    message: 'A value of this request can not be stored. Nothing of it was; the log names the value.',
  },
  ledger_refused: {
    status: 500,
    message: 'The ledger refused this request; nothing of it was stored. The log says why.',
  },
};

export const errorReply = (code: string, message: string): ErrorReply => ({ error: { code, message } });
/** How a refusal is answered. What the ledger refused, and a key that was used otherwise, are refused again. */
export function refusalReply(reason: Refusal): { status: number; mayTryAgain: boolean; body: ErrorReply } {
  const { status, message } = REFUSALS[reason];
  return { status, mayTryAgain: status === 503 || status === 409, body: errorReply(reason, message) };
}

/** What is said of every error that nobody expected. */
export const UNAVAILABLE = errorReply(
  'unavailable',
  'A store can not answer now; try again. GET /health says which.',
);
export const formError = (message: string): ValidationErrorReply => ({
  error: { formErrors: [message], fieldErrors: {} },
});

/** Codes of Fastify's own errors, in the words of our contract. */
const FASTIFY_ERRORS: Record<string, { code: string; message?: string }> = {
  FST_ERR_CTP_BODY_TOO_LARGE: { code: 'body_too_large' },
  FST_ERR_CTP_INVALID_MEDIA_TYPE: { code: 'unsupported_media_type', message: 'Send application/json.' },
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: {
    code: 'invalid_content_length',
    message: 'The body is not as long as its Content-Length says, or not UTF-8.',
  },
};

const rawNotKept = ({ keptFromMs }: RawNotKept) =>
  `Single clicks are kept from ${new Date(keptFromMs).toISOString()} on. Before that there are counts alone: ask for whole hours, and for fewer dimensions and filters at a time.`;

/** A browser that opens one of the dashboard's pages by its address; which pages there are is the dashboard's affair. */
const isDashboardPage = (request: FastifyRequest, path: string): boolean =>
  request.method === 'GET' &&
  !/^\/(api|assets|docs)\//.test(path) &&
  (request.headers.accept ?? '').includes('text/html');

/** Every error leaves in the shape of the contract, and none with more than its client should know. */
export function registerErrors(app: FastifyInstance, log: Log): void {
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?')[0] ?? '';
    if (isDashboardPage(request, path) && 'sendFile' in reply) return reply.sendFile('index.html');
    return reply
      .code(404)
      .send(errorReply('not_found', `There is no ${request.method} ${path.slice(0, 200)}.`));
  });
  app.setErrorHandler((error: FastifyError, request, reply) => {
    if (error instanceof Refused) {
      const { status, mayTryAgain, body } = refusalReply(error.reason);
      if (mayTryAgain) reply.header('retry-after', RETRY_AFTER_SECONDS);
      return reply.code(status).send(body);
    }
    if (error instanceof WrongCredentials)
      return reply.code(401).send(errorReply('wrong_credentials', error.message));
    if (error instanceof Locked)
      return reply
        .code(429)
        .header('retry-after', String(error.seconds))
        .send(errorReply('locked', `Too many wrong tries. Wait ${error.seconds} s.`));
    if (error instanceof TooManyTries)
      return reply
        .code(429)
        .header('retry-after', RETRY_AFTER_SECONDS)
        .send(errorReply('too_many_tries', 'Too many sign in at once; try again.'));
    if (error instanceof NotAllowed)
      return reply.code(403).send(errorReply('forbidden', 'This credential may not ask for that.'));
    if (error instanceof Unauthenticated)
      return reply.code(401).send(errorReply('unauthenticated', 'Send an API key, or sign in.'));
    if (error instanceof ZodError) return reply.code(400).send(toValidationReply(error));
    if (error instanceof TooManyRows)
      return reply
        .code(400)
        .send(formError('Too many rows: choose a shorter range, a coarser granularity or fewer groups.'));
    if (error instanceof RawNotKept)
      return reply
        .code(400)
        .send({ error: { formErrors: [], fieldErrors: { start_time: [rawNotKept(error)] } } });
    if (error instanceof WrongCursor)
      return reply
        .code(400)
        .send({ error: { formErrors: [], fieldErrors: { cursor: ['Not a cursor of this API'] } } });
    const known = FASTIFY_ERRORS[error.code];
    const status = error.statusCode ?? 500;
    if (status === 400) return reply.code(400).send(formError(known?.message ?? error.message));
    if (known) return reply.code(status).send(errorReply(known.code, known.message ?? error.message));
    if (status >= 400 && status < 500) return reply.code(status).send(formError(error.message));
    // A store that is away, almost always: the reader can only try again. The log has the reason.
    const { method, routeOptions } = request;
    log.error(
      { requestId: request.id, method, route: routeOptions.url, error: error.message, code: error.code },
      'a request failed',
    );
    return reply.code(503).header('retry-after', RETRY_AFTER_SECONDS).send(UNAVAILABLE);
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
