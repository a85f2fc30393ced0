import {
  BatchInput,
  type BatchReply,
  ClickInput,
  IdempotencyKey,
  LIMITS,
  toValidationReply,
  type ValidationErrorReply,
} from '@clickledger/contract';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { callerOf } from '../access/caller.js';
import type { Click } from '../ingest/click.js';
import { deriveClickId } from '../ingest/derive-id.js';
import { type Answer, type ClickOutcome, type Submission, successReply } from '../ingest/submission.js';
import type { Services } from './services.js';

type Invalid = ValidationErrorReply['error'];

/** `POST /api/v1/clicks` and `POST /api/v1/clicks/batch`. */
export function registerClicks(app: FastifyInstance, services: Services): void {
  const role = services.ingest;
  if (!role) return;
  const { ingest, prepare, meter } = role;

  /** Measured here, from the queue to the commit, so that what waits in it counts. */
  const submit = async (submission: Submission): Promise<Answer> => {
    const startedAt = performance.now();
    const answer = await ingest.submit(submission);
    meter.latency.ingest.observe(performance.now() - startedAt);
    return answer;
  };

  /** A checked and enriched click, or what is wrong with it. */
  const toClick = (
    body: unknown,
    request: FastifyRequest,
    key: string | null,
    index: number,
    withoutAgent: '' | null,
  ): Click | Invalid => {
    const parsed = ClickInput.safeParse(body);
    if (!parsed.success) return toValidationReply(parsed.error).error;
    const { tenantId } = callerOf(request);
    const prepared = prepare(parsed.data, {
      tenantId,
      nowMs: services.now(),
      address: request.ip,
      userAgentHeader: request.headers['user-agent'] ?? withoutAgent,
      derivedClickId: key === null ? null : deriveClickId(tenantId, key, index),
      isImport: false,
      isPrivate: services.signals?.obeys(tenantId, request.headers) ?? false,
    });
    return 'fieldErrors' in prepared ? { formErrors: [], fieldErrors: prepared.fieldErrors } : prepared;
  };

  const invalid = (reply: FastifyReply, error: Invalid) => {
    meter.invalid(1);
    return reply.code(400).send({ error });
  };

  app.post('/api/v1/clicks', { bodyLimit: LIMITS.clickBodyBytesMax }, async (request, reply) => {
    if (isPrefetch(request)) return reply.code(204).send();
    const key = keyOf(request);
    if (typeof key === 'object' && key !== null) return invalid(reply, key);
    const click = toClick(request.body, request, key, 0, '');
    if ('fieldErrors' in click) return invalid(reply, click);
    const answer = await submit({
      tenantId: callerOf(request).tenantId,
      idempotency: key === null ? null : { key, bodyHash: request.bodyHash },
      clicks: [click],
      reply: ([outcome]) => JSON.stringify(successReply(outcome as ClickOutcome)),
      ...originOf(request),
    });
    return reply
      .code(answer.isRepeat ? 200 : 202)
      .type('application/json; charset=utf-8')
      .send(answer.body);
  });

  app.post('/api/v1/clicks/batch', { bodyLimit: LIMITS.batchBodyBytesMax }, async (request, reply) => {
    const key = keyOf(request);
    if (typeof key === 'object' && key !== null) return invalid(reply, key);
    const entries = BatchInput.parse(request.body).clicks.map((entry, i) =>
      toClick(entry, request, key, i, null),
    );
    const clicks = entries.filter((entry): entry is Click => !('fieldErrors' in entry));
    if (clicks.length < entries.length) meter.invalid(entries.length - clicks.length);
    const answer = await submit({
      tenantId: callerOf(request).tenantId,
      idempotency: key === null ? null : { key, bodyHash: request.bodyHash },
      clicks,
      reply: (outcomes) => JSON.stringify(batchReply(entries, outcomes)),
      ...originOf(request),
    });
    return reply
      .code(answer.isRepeat ? 200 : 202)
      .type('application/json; charset=utf-8')
      .send(answer.body);
  });
}

const originOf = ({ id, headers }: FastifyRequest) => ({
  requestId: id,
  traceparent: headers.traceparent as string | undefined,
});

/**
 * A browser that fetches ahead of a click that may never come (Sec-Purpose, and its forerunners): no click, and nothing to
 * try again. The click itself comes as a request of its own.
 */
function isPrefetch({ headers }: FastifyRequest): boolean {
  const purpose = headers['sec-purpose'] ?? headers.purpose ?? headers['x-purpose'] ?? headers['x-moz'];
  return purpose !== undefined && /^\s*(?:prefetch|prerender|preview)\b/i.test(String(purpose));
}

/** The Idempotency-Key of a request, null without one, or what is wrong with it. */
function keyOf(request: FastifyRequest): string | null | Invalid {
  const header = request.headers['idempotency-key'];
  if (header === undefined) return null;
  // Node joins a repeated header with commas, which a key may hold itself.
  if (header.includes(',') && isRepeated(request))
    return { formErrors: [], fieldErrors: { 'Idempotency-Key': ['Must be sent once'] } };
  const parsed = IdempotencyKey.safeParse(header);
  if (parsed.success) return parsed.data;
  return {
    formErrors: [],
    fieldErrors: { 'Idempotency-Key': parsed.error.issues.map((issue) => issue.message) },
  };
}

function batchReply(entries: readonly (Click | Invalid)[], outcomes: readonly ClickOutcome[]): BatchReply {
  let next = 0;
  const results = entries.map((entry) =>
    'fieldErrors' in entry
      ? { success: false as const, error: entry }
      : successReply(outcomes[next++] as ClickOutcome),
  );
  const duplicates = outcomes.filter((outcome) => outcome.isDuplicate).length;
  return {
    accepted: outcomes.length - duplicates,
    duplicates,
    rejected: entries.length - outcomes.length,
    results,
  };
}

function isRepeated({ raw }: FastifyRequest): boolean {
  // Not there on requests that come without a socket, as tests inject them.
  const sent = (raw.headersDistinct as NodeJS.Dict<string[]> | undefined)?.['idempotency-key'];
  return sent !== undefined && sent.length !== 1;
}
