import type pg from 'pg';
import type { JudgedClick } from '../click/click.js';
import { type Appended, appendBatch } from '../ledger/append-batch.js';
import type { EntityRegistry } from '../ledger/entities.js';
import { isRefusedRow } from '../ledger/refused-row.js';
import type { Draft, Entry } from './batch.js';
import type { Refusal } from './submission.js';

/** A request that the ledger refuses for what is in it. */
export interface RefusedRequest<T> {
  request: T;
  refusal: Refusal;
  error: unknown;
}

/**
 * Commits the rows of a batch. A row that PostgreSQL refuses would fail the requests of all tenants in it, now and at each retry:
 * then the requests are committed one by one, and the others are kept.
 *
 * @returns the requests that were refused; all others are on disk
 * @throws whatever else PostgreSQL says: any of the requests may then be stored or not
 */
export async function storeBatch<T extends { entries: readonly Entry[] }>(
  pool: pg.Pool,
  entities: EntityRegistry,
  draft: Draft,
  requests: readonly T[],
  nowMs: number,
  onAppended: (appended: Appended) => void,
): Promise<RefusedRequest<T>[]> {
  const store = async (rows?: readonly number[]) => {
    const clicks = rows ? rows.map((row) => draft.rows[row] as JudgedClick) : draft.rows;
    const appended = await appendBatch(pool, entities, clicks, nowMs);
    draft.committed(appended, rows);
    onAppended(appended);
  };
  try {
    await store();
    return [];
  } catch (error) {
    if (!isRefusedRow(error)) throw error;
  }
  draft.refused();
  const refused: RefusedRequest<T>[] = [];
  for (const request of requests) {
    // A row that an earlier request of the batch brought as well is stored with that one.
    const rows = draft.missing(request.entries);
    if (rows.length === 0) continue;
    try {
      await store(rows);
    } catch (error) {
      if (!isRefusedRow(error)) throw error;
      refused.push({ request, refusal: isDataAtFault(error) ? 'not_storable' : 'ledger_refused', error });
    }
  }
  return refused;
}

/** Class 22: a value that its column can not hold. Class 23, a broken constraint, is ours. */
const isDataAtFault = (error: { code: string }): boolean => error.code.startsWith('22');
