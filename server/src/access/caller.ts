import { SCOPES } from '@clickledger/contract';
import type { FastifyRequest } from 'fastify';

export type Scope = (typeof SCOPES)[number];

/** Who asks. Made from the request's credential, never from what the request says. */
export interface Caller {
  /** The tenant whose data is asked for or changed. */
  readonly tenantId: number;
  /** Who is named when something is changed. */
  readonly actor: string;
  readonly scopes: ReadonlySet<Scope>;
  /** The only advertisers whose figures this caller may see, and those without fraud internals; null sees all. */
  readonly advertiserIds: readonly string[] | null;
}

/** The only tenant while no access is configured. */
export const DEFAULT_TENANT_ID = 1;

/** Who asks while no access is configured: the server is open to this machine. */
export const PROTECTED_MODE: Caller = {
  tenantId: DEFAULT_TENANT_ID,
  actor: 'protected mode',
  scopes: new Set(SCOPES),
  advertiserIds: null,
};

declare module 'fastify' {
  interface FastifyRequest {
    /** Set by authenticate.ts; null on a public route that nobody has signed in for. */
    caller: Caller | null;
  }
}

/** A route was asked without a credential, and needs one. */
export class Unauthenticated extends Error {
  override name = 'Unauthenticated';
}

/** The caller may ask that route, but not for this. */
export class NotAllowed extends Error {
  override name = 'NotAllowed';
}

/** Who sent this request. Throws `Unauthenticated` when that is not known: no route falls back to somebody. */
export function callerOf({ caller }: FastifyRequest): Caller {
  if (caller === null) throw new Unauthenticated();
  return caller;
}
