import type pg from 'pg';
import { type FindListed, makeFindListed, NOBODY_LISTED } from '../fraud/lists.js';
import { DEFAULT_RULE_SET, makeRuleSet, type RuleSet } from '../fraud/rule-set.js';
import type { Background, Loop } from '../lib/background.js';
import { sleep } from '../lib/backoff.js';
import { isTransient } from '../lib/transient.js';
import { readListEntries, readRevisions, readRules } from './fraud-rules.js';

/** Time between two looks at the revisions, one small query each: a change is in force on every node within 5 s. */
const POLL_MS = 2_000;

const TASK = { name: 'rules in force', failure: 'fraud rules can not be read; the last ones stay in force' };

/** Reading a tenant's rules and lists takes at most about this share of the time: one of 100 ms is followed by a pause of one second. */
const PAUSE_FACTOR = 10;

interface InForce {
  revision: number;
  rules: RuleSet;
  findListed: FindListed;
  /** Not to be read again before this moment, by the monotonic clock. */
  notBeforeMs: number;
}

/**
 * Every tenant's rules and lists, held in memory so that judging a click asks nobody, and read again when the ledger says
 * that they were changed. While the ledger is away the last ones stay in force.
 */
export class RulesInForce {
  readonly #tenants = new Map<number, InForce>();
  readonly #reading = new Map<number, Promise<void>>();
  #loop: Loop | null = null;

  constructor(private readonly parts: { pool: pg.Pool; background: Background }) {}

  /** Reads them for the first time, and then keeps looking. */
  async start(): Promise<void> {
    await this.#poll();
    this.#loop ??= this.parts.background.every(TASK, { everyMs: POLL_MS }, () => this.#poll());
  }

  async stop(): Promise<void> {
    await this.#loop?.stop();
  }

  rulesOf(tenantId: number): RuleSet {
    return this.#tenants.get(tenantId)?.rules ?? DEFAULT_RULE_SET;
  }

  readonly findListed: FindListed = (subject, nowMs) =>
    (this.#tenants.get(subject.tenantId)?.findListed ?? NOBODY_LISTED)(subject, nowMs);

  /**
   * Reads what a tenant has changed. When it resolves, whatever the tenant committed before the call is in force here. A tenant
   * that changes long lists again and again waits; nobody else does.
   */
  async refresh(tenantId: number): Promise<void> {
    const wanted = (await readRevisions(this.parts.pool)).get(tenantId) ?? 0;
    for (;;) {
      // One that began before may have missed the change.
      await this.#reading.get(tenantId)?.catch(() => undefined);
      const known = this.#tenants.get(tenantId);
      if ((known?.revision ?? 0) >= wanted) return;
      await sleep(Math.max(0, (known?.notBeforeMs ?? 0) - performance.now()));
      await this.#read(tenantId, wanted);
    }
  }

  /**
   * Reads what anybody has changed, but of those whose pause is not over. A tenant whose rules can't be read keeps the last ones, or the
   * usual ones, and keeps nobody else from theirs.
   *
   * @throws when the ledger is away
   */
  async #poll(): Promise<void> {
    const revisions = await readRevisions(this.parts.pool);
    // Of test data that was deleted.
    for (const tenantId of this.#tenants.keys()) if (!revisions.has(tenantId)) this.#tenants.delete(tenantId);
    for (const [tenantId, revision] of revisions) {
      const known = this.#tenants.get(tenantId);
      if (known && (known.revision === revision || known.notBeforeMs > performance.now())) continue;
      try {
        await this.#read(tenantId, revision);
      } catch (error) {
        if (isTransient(error)) throw error;
        this.parts.background.failed({ ...TASK, about: { tenantId } }, error);
      }
    }
  }

  /** One at a time of a tenant. */
  async #read(tenantId: number, revision: number): Promise<void> {
    const running = this.#reading.get(tenantId) ?? this.#load(tenantId, revision);
    this.#reading.set(tenantId, running);
    try {
      await running;
    } finally {
      if (this.#reading.get(tenantId) === running) this.#reading.delete(tenantId);
    }
  }

  async #load(tenantId: number, revision: number): Promise<void> {
    const { pool } = this.parts;
    const startedAt = performance.now();
    const [{ version, settings }, entries] = await Promise.all([
      readRules(pool, tenantId),
      readListEntries(pool, tenantId),
    ]);
    const findListed = await makeFindListed(entries);
    const endedAt = performance.now();
    const notBeforeMs = endedAt + (endedAt - startedAt) * PAUSE_FACTOR;
    this.#tenants.set(tenantId, { revision, rules: makeRuleSet(version, settings), findListed, notBeforeMs });
  }
}
