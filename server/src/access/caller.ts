import type { FastifyRequest } from 'fastify';

/** What a credential may do: bring clicks, read figures, change things. */
export const SCOPES = ['ingest', 'read', 'admin'] as const;
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

/** Who sent this request. */
export function callerOf(_request: FastifyRequest): Caller {
  return PROTECTED_MODE;
}
