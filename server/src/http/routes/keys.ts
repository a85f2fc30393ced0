import { LIMITS } from '@clickledger/contract';
import type { FastifyInstance } from 'fastify';
import type pg from 'pg';
import {
  addKey,
  type KeyRefusal,
  listKeys,
  lockKey,
  mayMakeKey,
  revokeKey,
  rotateKey,
} from '../../accounts/api-keys.js';
import { startTestData } from '../../accounts/test-data.js';
import { recordAudit } from '../../audit/audit.js';
import { hashToken, newApiKey } from '../../lib/tokens.js';
import { Invalid, NotFound, Told } from '../../lib/told.js';
import { inTransaction } from '../../lib/transaction.js';
import { serve } from '../server/serve.js';
import type { Services } from '../server/services.js';

const NONE = 'No active key with this ID.';
const REFUSALS: Record<KeyRefusal, string> = {
  too_many_keys: `Too many active keys: at most ${LIMITS.keysInForceMax}, rotated ones included until they expire. Revoke one first.`,
  too_many_made: `Too many new keys: at most ${LIMITS.keysMadePerHourMax} an hour. Try again later.`,
};

/** `/api/v1/keys`: make, list, rotate, revoke. Here a change is in force with the reply, on other nodes within 5 s. */
export function registerKeys(app: FastifyInstance, { ledgerOf, operatorPool, access, now }: Services): void {
  serve(app, 'GET /api/v1/keys', async ({ request, caller }) => ({
    data: await listKeys(ledgerOf(request), caller.tenantId),
  }));

  serve(app, 'POST /api/v1/keys', async ({ request, caller: { tenantId, actor }, body: input }) => {
    if (input.expires_at !== null && Date.parse(input.expires_at) <= now())
      throw new Invalid('Must be in the future', 'expires_at');
    if (input.is_test) await startTestData(operatorPool, tenantId);
    const { key, hint } = newApiKey(input.scopes, input.is_test);
    const made = await inTransaction(ledgerOf(request), async (client) => {
      await checkRoom(client, tenantId);
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
    await access.refresh();
    return { ...made, key };
  });

  serve(app, 'POST /api/v1/keys/:key_id/rotate', async ({ request, caller, params, body }) => {
    const { tenantId, actor } = caller;
    const { key_id: keyId } = params;
    const { overlap_seconds: overlapSeconds } = body;
    const made = await inTransaction(ledgerOf(request), async (client) => {
      const found = await lockKey(client, tenantId, keyId);
      if (!found) throw new NotFound(NONE);
      await checkRoom(client, tenantId);
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
    await access.refresh();
    return made;
  });

  serve(app, 'DELETE /api/v1/keys/:key_id', async ({ request, caller, params: { key_id: keyId } }) => {
    const { tenantId, actor } = caller;
    await inTransaction(ledgerOf(request), async (client) => {
      const revoked = await revokeKey(client, tenantId, keyId, actor);
      if (revoked === null) throw new NotFound(NONE);
      await recordAudit(client, {
        tenantId,
        actor,
        action: 'key.revoke',
        subject: String(keyId),
        before: { name: revoked },
        after: null,
      });
    });
    await access.refresh();
  });
}

/** @throws Told when the tenant has too many keys, or made too many */
async function checkRoom(client: pg.PoolClient, tenantId: number): Promise<void> {
  const refusal = await mayMakeKey(client, tenantId);
  if (refusal) throw new Told(409, refusal, REFUSALS[refusal]);
}
