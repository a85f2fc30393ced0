import type pg from 'pg';
import { appendBatch } from '../ledger/append-batch.js';
import type { EntityRegistry } from '../ledger/entities.js';
import { isRefusedRow } from '../ledger/refused-row.js';
import type { BatchClick } from './batch-click.js';
import type { BatchRequest } from './batch-request.js';
import type { IngestMeter } from './meter.js';
import type { Refusal } from './submission.js';

/** A request that the ledger refuses for what is in it. */
export interface RefusedRequest {
  request: BatchRequest;
  refusal: Refusal;
  error: unknown;
}

/**
 * Commits the rows of requests, and gives each row its outcome. A row that PostgreSQL refuses would fail the requests of all tenants
 * in the batch, now and at each retry: then the requests are committed one by one, and the others are kept.
 *
 * @returns the requests that were refused; all others are on disk
 * @throws whatever else PostgreSQL says: any of the requests may then be stored or not
 */
export async function storeRows(
  pool: pg.Pool,
  entities: EntityRegistry,
  { rows, requests }: { rows: readonly BatchClick[]; requests: readonly BatchRequest[] },
  nowMs: number,
  meter: IngestMeter,
): Promise<RefusedRequest[]> {
  const store = async (some: readonly BatchClick[]) => {
    const appended = await appendBatch(pool, entities, some, nowMs);
    for (const row of some) row.stored();
    for (const { row, isFraudulent } of appended.repeats) row.storedBefore(isFraudulent);
    for (const correction of appended.corrections) correction.row.corrected(correction);
    meter.appended(appended);
  };
  try {
    await store(rows);
    return [];
  } catch (error) {
    if (!isRefusedRow(error)) throw error;
  }
  const refused: RefusedRequest[] = [];
  for (const request of requests) {
    // A row that an earlier request of the batch brought as well is stored with that one.
    const missing = new Set(
      request.clicks.map(({ first }) => first).filter(({ outcome }) => outcome === null),
    );
    if (missing.size === 0) continue;
    try {
      await store([...missing]);
    } catch (error) {
      if (!isRefusedRow(error)) throw error;
      refused.push({ request, refusal: isDataAtFault(error) ? 'not_storable' : 'ledger_refused', error });
    }
  }
  return refused;
}

/** Class 22: a value that its column can not hold. Class 23, a broken constraint, is ours. */
const isDataAtFault = (error: { code: string }): boolean => error.code.startsWith('22');
