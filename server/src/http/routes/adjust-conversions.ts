import { AdjustInput, AdjustmentInput, type AdjustReply, LIMITS, toWrong } from '@clickledger/contract';
import type { FastifyInstance } from 'fastify';
import { callerOf } from '../../accounts/caller.js';
import { type AdjustOutcome, adjustConversions } from '../../conversions/adjust.js';
import { RefusedConversion } from '../../conversions/conversion.js';
import type { Services } from '../server/services.js';

/** `POST /api/v1/conversions/adjust`: each entry is checked on its own, and a wrong one fails no other. */
export function registerAdjustConversions(app: FastifyInstance, { operatorPool, now }: Services): void {
  app.post(
    '/api/v1/conversions/adjust',
    { bodyLimit: LIMITS.conversionBatchBodyBytesMax },
    async (request): Promise<AdjustReply> => {
      const envelope = AdjustInput.safeParse(request.body);
      if (!envelope.success) throw new RefusedConversion(toWrong(envelope.error));
      const entries = envelope.data.adjustments.map((entry) => AdjustmentInput.safeParse(entry));
      const { tenantId, actor } = callerOf(request);
      const adjustments = entries.flatMap(({ data }) => (data ? [data] : []));
      const outcomes = await adjustConversions(operatorPool, { tenantId, actor, adjustments, nowMs: now() });
      let next = 0;
      const results = entries.map(({ error }) =>
        toResult(error ? { wrong: toWrong(error) } : (outcomes[next++] as AdjustOutcome)),
      );
      const taken = results.filter((result) => result.success);
      const unchanged = taken.filter((result) => result.is_unchanged).length;
      return {
        adjusted: taken.length - unchanged,
        unchanged,
        rejected: results.length - taken.length,
        results,
      };
    },
  );
}

const toResult = (outcome: AdjustOutcome) =>
  'wrong' in outcome
    ? { success: false as const, error: outcome.wrong }
    : {
        success: true as const,
        conversion_id: outcome.conversionId,
        is_unchanged: outcome.isUnchanged,
      };
