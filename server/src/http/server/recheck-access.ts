import type { FastifyRequest } from 'fastify';
import { type Caller, PROTECTED_MODE } from '../../accounts/caller.js';
import { OPERATOR_PREFIX } from '../../lib/tokens.js';
import { credentialOf } from './authenticate.js';
import type { Services } from './services.js';
import { sessionTokenOf } from './session-cookie.js';

/** How often it is looked whether who reads a stream may still do so. */
const LOOK_MS = 2_000;

/**
 * Calls `end` when what a request was admitted by is no more: a key that was revoked, a session that ended, a role that changed, a
 * server that is no longer open. A stream lasts long after its request. Returns the function that stops looking.
 */
export function watchCredential(services: Services, request: FastifyRequest, end: () => void): () => void {
  const loop = services.background.every(
    {
      name: 'credentials of streams',
      // As everywhere while the ledger is away.
      failure: 'whether a reader of a stream may still read it can not be seen; what was known last holds',
    },
    { everyMs: LOOK_MS },
    async () => {
      if (!(await stillHolds(services, request))) end();
    },
  );
  return () => void loop.stop();
}

async function stillHolds({ access, sessions }: Services, request: FastifyRequest): Promise<boolean> {
  const { caller } = request;
  if (caller === null) return false;
  // Test data that was deleted.
  if (caller.testOf !== null && access.testTenantOf(caller.testOf) !== caller.tenantId) return false;
  if (caller.actor === PROTECTED_MODE.actor) return !access.isConfigured;
  const sent = credentialOf(request);
  if (sent !== null) return sent.startsWith(OPERATOR_PREFIX) || access.findKey(sent) !== null;
  const session = await sessions.find(sessionTokenOf(request) ?? '');
  return session?.caller != null && isSame(session.caller, caller);
}

const isSame = (a: Caller, b: Caller): boolean =>
  a.tenantId === (b.testOf ?? b.tenantId) &&
  a.scopes === b.scopes &&
  JSON.stringify(a.advertiserIds) === JSON.stringify(b.advertiserIds);
