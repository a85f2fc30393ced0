import { type ApiKeysReply, LIMITS, type MadeApiKey, NewApiKey, RotateInput } from '@clickledger/contract';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import {
  addKey,
  type KeyRefusal,
  listKeys,
  lockKey,
  mayMakeKey,
  revokeKey,
  rotateKey,
} from '../../accounts/api-keys.js';
import { callerOf } from '../../accounts/caller.js';
import { startTestData } from '../../accounts/test-data.js';
import { recordAudit } from '../../audit/audit.js';
import { hashToken, newApiKey } from '../../lib/tokens.js';
import { inTransaction } from '../../lib/transaction.js';
import { errorReply } from '../server/errors.js';
import type { Services } from '../server/services.js';

const Params = z.object({ key_id: z.coerce.number('Expected a number').int().positive() });
const none = errorReply('not_found', 'No active key with this ID.');
const REFUSALS: Record<KeyRefusal, string> = {
  too_many_keys: `Too many active keys: at most ${LIMITS.keysInForceMax}, rotated ones included until they expire. Revoke one first.`,
  too_many_made: `Too many new keys: at most ${LIMITS.keysMadePerHourMax} an hour. Try again later.`,
};

/** `/api/v1/keys`: make, list, rotate, revoke. Here a change is in force with the reply, on other nodes within 5 s. */
export function registerKeys(app: FastifyInstance, { ledgerOf, operatorPool, access, now }: Services): void {
  app.get(
    '/api/v1/keys',
    async (request): Promise<ApiKeysReply> => ({
      data: await listKeys(ledgerOf(request), callerOf(request).tenantId),
    }),
  );

  app.post('/api/v1/keys', async (request, reply) => {
    const { tenantId, actor } = callerOf(request);
    const input = NewApiKey.parse(request.body);
    if (input.expires_at !== null && Date.parse(input.expires_at) <= now())
      return reply
        .code(400)
        .send({ error: { formErrors: [], fieldErrors: { expires_at: ['Must be in the future'] } } });
    if (input.is_test) await startTestData(operatorPool, tenantId);
    const { key, hint } = newApiKey(input.scopes, input.is_test);
    const made = await inTransaction(ledgerOf(request), async (client) => {
      const refusal = await mayMakeKey(client, tenantId);
      if (refusal) return refusal;
      const added = await addKey(
        client,
        tenantId,
        { ...input, createdBy: actor },
        { hash: hashToken(key), hint },
      );
      await recordAudit(client, {
        tenantId,
        actor,
        action: 'key.create',
        subject: String(added.key_id),
        before: null,
        after: { ...input, hint },
      });
      return added;
    });
    if (typeof made === 'string') return reply.code(409).send(errorReply(made, REFUSALS[made]));
    await access.refresh();
    return reply.code(201).send({ ...made, key } satisfies MadeApiKey);
  });

  app.post('/api/v1/keys/:key_id/rotate', async (request, reply) => {
    const { tenantId, actor } = callerOf(request);
    const { key_id: keyId } = Params.parse(request.params);
    const { overlap_seconds: overlapSeconds } = RotateInput.parse(request.body ?? {});
    const made = await inTransaction(ledgerOf(request), async (client) => {
      const found = await lockKey(client, tenantId, keyId);
      if (!found) return null;
      const refusal = await mayMakeKey(client, tenantId);
      if (refusal) return refusal;
      const { key, hint } = newApiKey(found.scopes, found.is_test);
      const added = await rotateKey(
        client,
        tenantId,
        keyId,
        { overlapSeconds, createdBy: actor },
        { hash: hashToken(key), hint },
      );
      await recordAudit(client, {
        tenantId,
        actor,
        action: 'key.rotate',
        subject: String(keyId),
        before: { hint: found.hint },
        after: { hint, key_id: added.key_id, overlap_seconds: overlapSeconds },
      });
      return { ...added, key };
    });
    if (!made) return reply.code(404).send(none);
    if (typeof made === 'string') return reply.code(409).send(errorReply(made, REFUSALS[made]));
    await access.refresh();
    return reply.code(201).send(made satisfies MadeApiKey);
  });

  app.delete('/api/v1/keys/:key_id', async (request, reply) => {
    const { tenantId, actor } = callerOf(request);
    const { key_id: keyId } = Params.parse(request.params);
    const name = await inTransaction(ledgerOf(request), async (client) => {
      const revoked = await revokeKey(client, tenantId, keyId, actor);
      if (revoked !== null)
        await recordAudit(client, {
          tenantId,
          actor,
          action: 'key.revoke',
          subject: String(keyId),
          before: { name: revoked },
          after: null,
        });
      return revoked;
    });
    if (name === null) return reply.code(404).send(none);
    await access.refresh();
    return reply.code(204).send();
  });
}
