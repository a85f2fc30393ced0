import { BatchInput, type BatchReply, LIMITS } from '@clickledger/contract';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { callerOf } from '../../accounts/caller.js';
import type { ClickOutcome } from '../../ingest/submission.js';
import { ownTurn } from '../../lib/own-turn.js';
import { isPrefetch } from '../../lib/prefetch.js';
import {
  type IntakeReply,
  type Invalid,
  makeIntake,
  type Origin,
  type Sender,
  type Taken,
} from '../server/click-intake.js';
import { successReply } from '../server/click-reply.js';
import { keyOf } from '../server/idempotency-key.js';
import type { Services } from '../server/services.js';

/** Clicks of a batch that are read in one go: a large batch must not hold up everybody's single clicks. */
const SLICE = 200;

/** `POST /api/v1/clicks` and `POST /api/v1/clicks/batch`. */
export function registerClicks(app: FastifyInstance, services: Services): void {
  const role = services.ingest;
  if (!role) return;
  const { meter } = role;
  const intake = makeIntake(services, role);

  const invalid = (reply: FastifyReply, error: Invalid) => {
    meter.invalid(1);
    return reply.code(400).send({ error });
  };

  const send = (reply: FastifyReply, { status, body }: IntakeReply) =>
    reply.code(status).type('application/json; charset=utf-8').send(body);

  app.post('/api/v1/clicks', { bodyLimit: LIMITS.clickBodyBytesMax }, async (request, reply) => {
    // Nothing to try again: the click itself comes as a request of its own.
    if (isPrefetch(request)) return reply.code(204).send();
    const key = keyOf(request);
    if (typeof key === 'object' && key !== null) return invalid(reply, key);
    const taken = intake.alone(request.body, senderOf(request, key), originOf(request));
    if ('fieldErrors' in taken) return invalid(reply, taken);
    return send(reply, await taken.commit());
  });

  app.post('/api/v1/clicks/batch', { bodyLimit: LIMITS.batchBodyBytesMax }, async (request, reply) => {
    const key = keyOf(request);
    if (typeof key === 'object' && key !== null) return invalid(reply, key);
    const sender = senderOf(request, key);
    const entries: (Taken | Invalid)[] = [];
    for (const [i, entry] of BatchInput.parse(request.body).clicks.entries()) {
      if (i % SLICE === SLICE - 1) await ownTurn(true);
      entries.push(intake.read(entry, sender, i, null));
    }
    const clicks = entries.flatMap((entry) => ('fieldErrors' in entry ? [] : [entry.click]));
    if (clicks.length < entries.length) meter.invalid(entries.length - clicks.length);
    return send(
      reply,
      await intake.submit(clicks, sender, originOf(request), (outcomes) =>
        JSON.stringify(batchReply(entries, outcomes)),
      ),
    );
  });
}

const senderOf = (request: FastifyRequest, key: string | null): Sender => ({
  tenantId: callerOf(request).tenantId,
  headers: request.headers,
  // Not there when the client has hung up meanwhile.
  address: request.ip ?? null,
  key,
});

const originOf = ({ id, headers, bodyHash }: FastifyRequest): Origin => ({
  bodyHash,
  requestId: id,
  traceparent: headers.traceparent as string | undefined,
});

function batchReply(entries: readonly (Taken | Invalid)[], outcomes: readonly ClickOutcome[]): BatchReply {
  let next = 0;
  const results = entries.map((entry) =>
    'fieldErrors' in entry
      ? { success: false as const, error: entry }
      : successReply(outcomes[next++] as ClickOutcome, entry.warnings),
  );
  const duplicates = outcomes.filter((outcome) => outcome.isDuplicate).length;
  return {
    accepted: outcomes.length - duplicates,
    duplicates,
    rejected: entries.length - outcomes.length,
    results,
  };
}
