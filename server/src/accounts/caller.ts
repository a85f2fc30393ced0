import { type Asker, SCOPES, type Scope } from '@clickledger/contract';
import type { FastifyRequest } from 'fastify';
import { Told } from '../lib/told.js';

export type { Scope } from '@clickledger/contract';

/** Who asks. Made from the request's credential, never from what the request says. */
export interface Caller extends Asker {
  /** The tenant whose data is asked for or changed. */
  readonly tenantId: number;
  /** The tenant whose test data that is, in test mode; null: live data. */
  readonly testOf: number | null;
  /** Who is named when something is changed. */
  readonly actor: string;
  /** The only advertisers whose figures this caller may see, and those without fraud internals; null sees all. */
  readonly advertiserIds: readonly string[] | null;
}

/** The only tenant while no access is configured. */
export const DEFAULT_TENANT_ID = 1;

/** A caller, from what its credential says. */
export const makeCaller = (
  said: Pick<Caller, 'tenantId' | 'actor' | 'scopes' | 'isMember' | 'advertiserIds'>,
): Caller => ({
  ...said,
  testOf: null,
  isAdvertiser: said.advertiserIds !== null,
  isOperator: said.tenantId === DEFAULT_TENANT_ID,
});

/** The same caller in test mode: before the tenant that holds its tenant's test data, and no operator of anything. */
export const inTestMode = (caller: Caller, testTenantId: number): Caller => ({
  ...caller,
  tenantId: testTenantId,
  testOf: caller.tenantId,
  isOperator: false,
});

/** Somebody on the server's own machine, who may do everything. */
const onThisMachine = (actor: string): Caller =>
  makeCaller({
    tenantId: DEFAULT_TENANT_ID,
    actor,
    scopes: new Set<Scope>(SCOPES),
    isMember: false,
    advertiserIds: null,
  });

/** Who asks while no access is configured: the server is open to this machine. */
export const PROTECTED_MODE = onThisMachine('protected mode');
/** Who can read DATA_DIR: the commands on this machine. */
export const COMMAND_LINE = onThisMachine('command line');
/** Whoever a proxy sends while no access is configured: clicks are taken, as with a key that stands in a page. */
export const CLICKS_ONLY = makeCaller({ ...PROTECTED_MODE, scopes: new Set<Scope>(['ingest']) });

declare module 'fastify' {
  interface FastifyRequest {
    /** Set by authenticate.ts; null on a public route that nobody has signed in for. */
    caller: Caller | null;
  }
}

/** A route was asked without a credential, and needs one. */
export class Unauthenticated extends Told {
  constructor() {
    super(401, 'unauthenticated', 'Send an API key or sign in.');
  }
}

/** The caller may ask that route, but not for this. */
export class NotAllowed extends Told {
  constructor() {
    super(403, 'forbidden', 'You don’t have permission to do this.');
  }
}

/** Who sent this request. Throws `Unauthenticated` when that is not known: no route falls back to somebody. */
export function callerOf({ caller }: FastifyRequest): Caller {
  if (caller === null) throw new Unauthenticated();
  return caller;
}
