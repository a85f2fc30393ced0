import { SCOPES_OF_ROLE } from '@clickledger/contract';
import { LRUCache } from 'lru-cache';
import type pg from 'pg';
import { hashToken } from '../lib/tokens.js';
import { type Caller, makeCaller } from './caller.js';
import { findSession, type SessionRow } from './sessions-table.js';

/** How long an answer of the ledger is believed: signing out everywhere is in force on every node within this time. */
const BELIEVED_MS = 2_000;
/** Sessions remembered; beyond it the one used longest ago is asked for again. */
const REMEMBERED_MAX = 5_000;
/** Longer than any token. */
const TOKEN_LENGTH_MAX = 100;

export interface Session {
  row: SessionRow;
  hash: Buffer;
  /** Null while the second factor is asked for. */
  caller: Caller | null;
}

interface Remembered {
  atMs: number;
  session: Promise<Session | null>;
}

/** The sessions of the dashboard, asked of the ledger once in a while: a page sends many requests at once. */
export class Sessions {
  readonly #remembered = new LRUCache<string, Remembered>({ max: REMEMBERED_MAX });

  constructor(private readonly parts: { pool: pg.Pool; now: () => number }) {}

  /** The session of a cookie's token; null when it is over, or never was. */
  find(token: string): Promise<Session | null> {
    if (token.length > TOKEN_LENGTH_MAX) return Promise.resolve(null);
    const hash = hashToken(token);
    const key = hash.toString('hex');
    const nowMs = this.parts.now();
    const known = this.#remembered.get(key);
    if (known && Math.abs(nowMs - known.atMs) < BELIEVED_MS) return known.session;
    const session = this.#read(hash);
    this.#remembered.set(key, { atMs: nowMs, session });
    // The ledger being away is not to be remembered.
    session.catch(() => this.#remembered.delete(key));
    return session;
  }

  /** Asks the ledger again with the next request: something was changed here. */
  forget(): void {
    this.#remembered.clear();
  }

  async #read(hash: Buffer): Promise<Session | null> {
    const row = await findSession(this.parts.pool, hash);
    return row && { row, hash, caller: row.isHalf ? null : callerOfMember(row) };
  }
}

const callerOfMember = (row: SessionRow): Caller =>
  makeCaller({
    tenantId: row.tenantId,
    actor: row.email,
    scopes: SCOPES_OF_ROLE[row.role],
    isMember: true,
    advertiserIds: row.role === 'advertiser' ? row.advertiserIds : null,
  });
