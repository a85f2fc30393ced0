import { LRUCache } from 'lru-cache';
import type pg from 'pg';
import { inTransaction } from '../lib/transaction.js';
import { recordAudit } from './audit.js';

/** Batches of the same import that come within this time are one entry of the audit log. */
const SAME_IMPORT_MS = 3_600_000;
/** Imports remembered; beyond it the one used longest ago is forgotten, and would be noted again. */
const IMPORTS_MAX = 1_000;

export interface ImportNote {
  tenantId: number;
  actor: string;
  file: string;
}

/** Notes imports in the audit log: with their first batch, before it, so that none goes unseen, and at their end, with their counts. */
export class ImportNotes {
  readonly #noted = new LRUCache<string, number>({ max: IMPORTS_MAX });

  constructor(
    private readonly pool: pg.Pool,
    private readonly now: () => number,
  ) {}

  async note({ tenantId, actor, file }: ImportNote): Promise<void> {
    const key = JSON.stringify([tenantId, actor, file]);
    if (this.now() - (this.#noted.get(key) ?? Number.NEGATIVE_INFINITY) < SAME_IMPORT_MS) return;
    await inTransaction(this.pool, (client) =>
      recordAudit(client, {
        tenantId,
        actor,
        action: 'import.run',
        subject: file,
        before: null,
        after: null,
      }),
    );
    this.#noted.set(key, this.now());
  }

  /** The next batch of such an import begins another one. */
  async end({ tenantId, actor, file }: ImportNote, counts: Record<string, number>): Promise<void> {
    await inTransaction(this.pool, (client) =>
      recordAudit(client, {
        tenantId,
        actor,
        action: 'import.finish',
        subject: file,
        before: null,
        after: counts,
      }),
    );
    this.#noted.delete(JSON.stringify([tenantId, actor, file]));
  }
}
