import {
  ConversionBatchInput,
  type ConversionBatchReply,
  LIMITS,
  readConversion,
  toWrong,
  type WrongConversion,
} from '@clickledger/contract';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { uuidv7 } from 'uuidv7';
import { type Caller, callerOf } from '../../accounts/caller.js';
import {
  type ConversionOutcome,
  type ConversionSubmission,
  type IncomingConversion,
  RefusedConversion,
  type WriteConversionReply,
} from '../../conversions/conversion.js';
import { deriveConversionId } from '../../conversions/derive-id.js';
import { prepareConversion } from '../../conversions/prepare.js';
import { ownTurn } from '../../lib/own-turn.js';
import { isPrefetch } from '../../lib/prefetch.js';
import { keyOf } from '../server/idempotency-key.js';
import { comesFromHere } from '../server/origin.js';
import type { Services } from '../server/services.js';

/** Conversions of a batch that are read in one go: a large batch must not hold up everybody's clicks. */
const SLICE = 200;

/** `POST /api/v1/conversions` and `POST /api/v1/conversions/batch`. */
export function registerConversions(app: FastifyInstance, services: Services): void {
  const { conversions } = services;
  if (!conversions) return;

  const read = (sent: unknown, request: FastifyRequest, key: string | null, index: number) => {
    const reading = readConversion(sent);
    if ('error' in reading) return { wrong: reading.error };
    const { tenantId } = callerOf(request);
    return prepareConversion(reading.input, {
      nowMs: services.now(),
      newId: () => (key === null ? uuidv7() : deriveConversionId(tenantId, key, index)),
      isPrivate: services.signals?.obeys(tenantId, request.headers) ?? false,
      isImport: false,
    });
  };

  async function submit(
    request: FastifyRequest,
    reply: FastifyReply,
    key: string | null,
    part: Pick<ConversionSubmission, 'conversions' | 'isAlone'>,
    writeReply: WriteConversionReply,
  ): Promise<FastifyReply> {
    const caller = callerOf(request);
    const answer = await conversions?.intake.submit({
      ...part,
      tenantId: caller.tenantId,
      source: sourceOf(request, caller),
      madeBy: caller.actor,
      requestId: request.id,
      idempotency: key === null ? null : { key, bodyHash: request.bodyHash, writeReply },
    });
    if (!answer) throw new Error('no conversions are taken here');
    const body = 'reply' in answer ? answer.reply : writeReply(answer.outcomes);
    return reply
      .code(answer.isRepeat ? 200 : 202)
      .type('application/json; charset=utf-8')
      .send(body);
  }

  app.post('/api/v1/conversions', { bodyLimit: LIMITS.conversionBodyBytesMax }, async (request, reply) => {
    if (isPrefetch(request)) return reply.code(204).send();
    const key = checkedKeyOf(request);
    const entry = read(request.body, request, key, 0);
    if ('wrong' in entry) {
      conversions.meter.refused(entry.wrong.code);
      throw new RefusedConversion(entry.wrong);
    }
    return submit(request, reply, key, { conversions: [entry], isAlone: true }, ([outcome]) =>
      JSON.stringify(toResult(outcome as ConversionOutcome)),
    );
  });

  app.post(
    '/api/v1/conversions/batch',
    { bodyLimit: LIMITS.conversionBatchBodyBytesMax },
    async (request, reply) => {
      const key = checkedKeyOf(request);
      const envelope = ConversionBatchInput.safeParse(request.body);
      if (!envelope.success) throw new RefusedConversion(toWrong(envelope.error));
      const entries: (IncomingConversion | { wrong: WrongConversion })[] = [];
      for (const [i, entry] of envelope.data.conversions.entries()) {
        if (i % SLICE === SLICE - 1) await ownTurn(true);
        entries.push(read(entry, request, key, i));
      }
      const valid = entries.flatMap((entry) => ('wrong' in entry ? [] : [entry]));
      for (const entry of entries) if ('wrong' in entry) conversions.meter.refused(entry.wrong.code);
      return submit(request, reply, key, { conversions: valid, isAlone: false }, (outcomes) =>
        JSON.stringify(batchReply(entries, outcomes)),
      );
    },
  );
}

/** @throws RefusedConversion when the Idempotency-Key is wrong */
function checkedKeyOf(request: FastifyRequest): string | null {
  const key = keyOf(request);
  if (typeof key !== 'object' || key === null) return key;
  throw new RefusedConversion({ ...key, code: 'invalid_idempotency_key' });
}

/** A script in a page of another site names its origin. */
function sourceOf(request: FastifyRequest, { testOf }: Caller): ConversionSubmission['source'] {
  if (testOf !== null) return 'test';
  return request.headers.origin !== undefined && !comesFromHere(request) ? 'script' : 'api';
}

const toResult = (outcome: ConversionOutcome) =>
  'wrong' in outcome
    ? { success: false as const, error: outcome.wrong }
    : {
        success: true as const,
        conversion_id: outcome.conversionId,
        is_duplicate: outcome.isDuplicate,
      };

function batchReply(
  entries: readonly (IncomingConversion | { wrong: WrongConversion })[],
  outcomes: readonly ConversionOutcome[],
): ConversionBatchReply {
  let next = 0;
  const results = entries.map((entry) =>
    toResult('wrong' in entry ? entry : (outcomes[next++] as ConversionOutcome)),
  );
  const taken = results.filter((result) => result.success);
  const duplicates = taken.filter((result) => result.is_duplicate).length;
  return {
    accepted: taken.length - duplicates,
    duplicates,
    rejected: results.length - taken.length,
    results,
  };
}
