import { uuidFrom } from '../ingest/derive-id.js';

/**
 * The id of the conversion at `index` (0 for a single one) of a request with an Idempotency-Key and no id of its own: the same request
 * again, whichever node it reaches, has the same id, so the ledger sees the repeat too.
 */
export const deriveConversionId = (tenantId: number, idempotencyKey: string, index: number): string =>
  uuidFrom('conversion-key', tenantId, `${index}\0${idempotencyKey}`);
