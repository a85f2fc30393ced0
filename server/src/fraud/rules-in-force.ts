import type pg from 'pg';
import { readListEntries, readRevisions, readRules } from '../ledger/fraud-rules.js';
import type { Background, Loop } from '../lib/background.js';
import { type FindListed, makeFindListed, NOBODY_LISTED } from './lists.js';
import { DEFAULT_RULE_SET, makeRuleSet, type RuleSet } from './rule-set.js';

/** Time between two looks at the revisions, one small query each: a change is in force on every node within 5 s. */
const POLL_MS = 2_000;

interface InForce {
  revision: number;
  rules: RuleSet;
  findListed: FindListed;
}

/**
 * Every tenant's rules and lists, held in memory so that judging a click asks nobody, and read again when the ledger says
 * that they were changed. While the ledger is away the last ones stay in force.
 */
export class RulesInForce {
  #tenants = new Map<number, InForce>();
  #loop: Loop | null = null;
  #reading: Promise<void> | null = null;

  constructor(private readonly parts: { pool: pg.Pool; background: Background }) {}

  /** Reads them for the first time, and then keeps looking. */
  async start(): Promise<void> {
    await this.refresh();
    this.#loop ??= this.parts.background.every(
      { name: 'rules in force', failure: 'fraud rules can not be read; the last ones stay in force' },
      { everyMs: POLL_MS },
      () => this.refresh(),
    );
  }

  rulesOf(tenantId: number): RuleSet {
    return this.#tenants.get(tenantId)?.rules ?? DEFAULT_RULE_SET;
  }

  readonly findListed: FindListed = (subject, nowMs) =>
    (this.#tenants.get(subject.tenantId)?.findListed ?? NOBODY_LISTED)(subject, nowMs);

  /** Reads what was changed. When it resolves, whatever was committed before the call is in force here. */
  async refresh(): Promise<void> {
    // One that began before may have missed the change.
    await this.#reading?.catch(() => undefined);
    this.#reading = this.#read();
    await this.#reading;
  }

  async #read(): Promise<void> {
    const { pool } = this.parts;
    const tenants = new Map(this.#tenants);
    for (const [tenantId, revision] of await readRevisions(pool)) {
      if (tenants.get(tenantId)?.revision === revision) continue;
      const [{ version, settings }, entries] = await Promise.all([
        readRules(pool, tenantId),
        readListEntries(pool, tenantId),
      ]);
      tenants.set(tenantId, {
        revision,
        rules: makeRuleSet(version, settings),
        findListed: makeFindListed(entries),
      });
    }
    this.#tenants = tenants;
  }
}
