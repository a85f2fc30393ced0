import { LIMITS, readConversion, type WrongConversion } from '@clickledger/contract';
import type { FastifyInstance } from 'fastify';
import { uuidv7 } from 'uuidv7';
import type { Caller } from '../../accounts/caller.js';
import type { ImportNotes } from '../../audit/import-notes.js';
import type { ConversionOutcome, IncomingConversion } from '../../conversions/conversion.js';
import {
  ConversionImport,
  type ConversionImportReply,
  type ConversionResult,
} from '../../conversions/import-wire.js';
import { prepareConversion } from '../../conversions/prepare.js';
import { namingFields } from '../server/errors.js';
import { serve } from '../server/serve.js';
import type { Services } from '../server/services.js';

/** `POST /api/v1/admin/import/conversions`, for `npm run import -- --conversions`: conversions of any age. */
export function registerConversionImport(
  app: FastifyInstance,
  { conversions, now }: Services,
  {
    notes,
    checkTenant,
  }: { notes: ImportNotes; checkTenant: (caller: Caller, tenantId: number) => Promise<void> },
): void {
  if (!conversions) return;
  const read = (sent: unknown): IncomingConversion | { wrong: WrongConversion } => {
    const reading = readConversion(sent);
    if ('error' in reading) return { wrong: reading.error };
    return prepareConversion(reading.input, {
      nowMs: now(),
      newId: uuidv7,
      isPrivate: false,
      isImport: true,
    });
  };

  serve(
    app,
    'POST /api/v1/admin/import/conversions',
    { bodyLimit: LIMITS.conversionBatchBodyBytesMax },
    async ({ request, reply, caller }) => {
      const parsed = ConversionImport.safeParse(request.body);
      if (!parsed.success) return reply.code(400).send(namingFields(parsed.error));
      const { tenantId, file, conversions: sent } = parsed.data;
      const { actor } = caller;
      await checkTenant(caller, tenantId);
      await notes.note({ tenantId, actor, file });
      const entries = sent.map(read);
      const answer = await conversions.intake.submit({
        tenantId,
        source: 'import',
        madeBy: actor,
        idempotency: null,
        conversions: entries.flatMap((entry) => ('wrong' in entry ? [] : [entry])),
        isAlone: false,
        requestId: request.id,
      });
      const outcomes = 'outcomes' in answer ? answer.outcomes : [];
      let next = 0;
      const results = entries.map((entry) =>
        toResult('wrong' in entry ? entry : (outcomes[next++] as ConversionOutcome)),
      );
      return reply.code(202).send({ results } satisfies ConversionImportReply);
    },
  );
}

function toResult(outcome: ConversionOutcome): ConversionResult {
  if (!('wrong' in outcome)) return { isDuplicate: outcome.isDuplicate };
  const { formErrors, fieldErrors } = outcome.wrong;
  const fields = Object.entries(fieldErrors).map(([field, messages]) => `${field}: ${messages.join(', ')}`);
  return { error: [...formErrors, ...fields].join('; ') };
}
