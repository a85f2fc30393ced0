import { createHash } from 'node:crypto';
import { uuidFrom } from '../../ingest/derive-id.js';
import { OccurrenceCounter } from './occurrences.js';

/**
 * The click id of the `occurrence`-th record (from 1) of a file whose text has the given SHA-256.
 *
 * It depends on nothing else, so a file imported again, in another order, or grown since, counts nothing twice, while
 * two identical records of one file (a person clicking twice within the second) are two clicks.
 *
 * The limit: identical records in *different* files are the same click. With times to the second that can only be
 * seen where a log was rotated within a second in which the same person clicked twice.
 */
export function importClickId(tenantId: number, textHash: Uint8Array, occurrence: number): string {
  return uuidFrom('import', tenantId, `${Buffer.from(textHash).toString('hex')}\0${occurrence}`);
}

/** Gives the records of one file their click ids. */
export class ImportIds {
  readonly #tenantId: number;
  readonly #occurrences: OccurrenceCounter;

  constructor(tenantId: number, occurrences = new OccurrenceCounter()) {
    this.#tenantId = tenantId;
    this.#occurrences = occurrences;
  }

  /** The id of the next record, by its text. Throws `ImportError` when the file has too many distinct ones. */
  next(text: string): string {
    const hash = createHash('sha256').update(text).digest();
    return importClickId(this.#tenantId, hash, this.#occurrences.count(hash));
  }
}
