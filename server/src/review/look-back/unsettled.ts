import type { ClickHouseClient } from '@clickhouse/client';
import type { LookBackRule } from '@clickledger/contract';
import type pg from 'pg';
import { readLastDelivery } from '../../ledger/storage.js';
import { readRevisions } from '../fraud-rules.js';

interface Account {
  /** Of its rules and lists. */
  revision: number;
  /** The last turn before which something had changed. */
  changedInTurn: number;
  /** How many turns each rule takes to look at all of its clicks; 1 unless known otherwise. */
  turns: Map<LookBackRule, number>;
}

/**
 * Which accounts the rules that look back have something to look at in: clicks have come, or rules or lists have changed, since each rule
 * last saw all of the account's clicks. Each node remembers what it has looked at itself; what another one did is looked at again.
 */
export class Unsettled {
  /** The newest chunk that was looked for accounts; null before the first turn, when all are new. */
  #mark: number | null = null;
  #firstTurn: number | null = null;
  #revisions: ReadonlyMap<number, number> = new Map();
  readonly #accounts = new Map<number, Account>();

  /** Finds out what has changed before this turn. */
  async note(parts: { pool: pg.Pool; client: ClickHouseClient }, turn: number): Promise<void> {
    const { chunkId } = await readLastDelivery(parts.pool);
    this.#revisions = await readRevisions(parts.pool);
    this.#firstTurn ??= turn;
    if (this.#mark !== null && chunkId !== null && chunkId > this.#mark)
      for (const tenantId of await clickedSince(parts.client, this.#mark)) this.changed(tenantId, turn);
    this.#mark = chunkId ?? 0;
    for (const [tenantId, account] of this.#accounts) {
      const revision = this.#revisions.get(tenantId) ?? 0;
      if (revision !== account.revision) account.changedInTurn = turn;
      account.revision = revision;
    }
  }

  /** Everything of the account is to be looked at from this turn on. */
  changed(tenantId: number, turn: number): void {
    this.#accountOf(tenantId, turn).changedInTurn = turn;
  }

  /** Whether there is anything to look at in this turn. */
  hasAny(turn: number): boolean {
    if (turn === this.#firstTurn) return true;
    for (const { changedInTurn, turns } of this.#accounts.values())
      if (turn - changedInTurn < Math.max(1, ...turns.values())) return true;
    return false;
  }

  /** Whether a rule has not seen all of an account's clicks yet. */
  has(tenantId: number, rule: LookBackRule, turn: number): boolean {
    const { changedInTurn, turns } = this.#accountOf(tenantId, turn);
    return turn - changedInTurn < (turns.get(rule) ?? 1);
  }

  /** A rule looks at some of an account's clicks in this turn, and at all of them in so many. */
  takes(tenantId: number, rule: LookBackRule, turns: number): void {
    this.#accounts.get(tenantId)?.turns.set(rule, turns);
  }

  #accountOf(tenantId: number, turn: number): Account {
    const known = this.#accounts.get(tenantId);
    if (known) return known;
    const account = { revision: this.#revisions.get(tenantId) ?? 0, changedInTurn: turn, turns: new Map() };
    this.#accounts.set(tenantId, account);
    return account;
  }
}

/** Tenants that have clicks, or conversions of clicks, in chunks after this one. */
async function clickedSince(client: ClickHouseClient, chunkId: number): Promise<number[]> {
  const result = await client.query({
    query: `SELECT DISTINCT tenant_id AS tenantId FROM click_events WHERE chunk_id > {chunk:UInt64} AND revision = 0
       UNION DISTINCT
       SELECT tenant_id FROM conversion_events WHERE chunk_id > {chunk:UInt64} AND basis = 'click' AND sign = 1`,
    query_params: { chunk: chunkId },
    format: 'JSONEachRow',
    clickhouse_settings: { max_execution_time: 30, readonly: '2', max_threads: 1 },
  });
  return (await result.json<{ tenantId: number }>()).map(({ tenantId }) => tenantId);
}
