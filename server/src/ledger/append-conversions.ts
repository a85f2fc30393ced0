import type pg from 'pg';
import { int4Array, int8Array, textArray, uuidArray } from './binary-arrays.js';

/** Actions that a tenant may have. */
export const CONVERSION_ACTIONS_MAX = 1_000;
/** PostgreSQL's `unique_violation` and `serialization_failure`: another request stored the same ids at the same moment. */
const STORED_MEANWHILE = new Set(['23505', '40001']);

/** A conversion as it is sent to the ledger. */
export interface NewConversion {
  tenantId: number;
  /** A UUID. */
  conversionId: string;
  convertedAtMs: number;
  action: string;
  /** Unique by tenant and action, for good. */
  orderId: string | null;
  clickId: string | null;
  userId: string | null;
  /** Null: the action's default, with its currency. */
  valueMicros: bigint | null;
  /** ISO 4217; null: the action's default. */
  currency: string | null;
  source: 'api' | 'postback' | 'pixel' | 'script' | 'import' | 'test';
  madeBy: string;
}

export type ConversionRefusal = 'too_many_actions' | 'action_paused' | 'no_currency';

/** What became of a conversion, in the order they were sent. */
export interface AppendedConversion {
  /** What it is stored under: of a duplicate, the id of the first. */
  conversionId: string;
  isDuplicate: boolean;
  /** Why it is not stored; null when it is. */
  refusal: ConversionRefusal | null;
}

const APPEND = {
  name: 'append_conversions',
  text: `SELECT conversion_id AS "conversionId", is_duplicate AS "isDuplicate", refusal
    FROM append_conversions($1, $2, $3, $4, $5, $6, $7, $8::uuid[], $9, $10::bigint[], $11, $12, $13) ORDER BY ordinal`,
};

/**
 * Commits conversions: their keys, themselves, their first state (waiting), the actions not seen before and one `batches` row, in one
 * transaction. When this resolves, all of it is on disk. Of an order id that comes twice, the first is stored.
 *
 * @throws whatever PostgreSQL says; they may then be stored (the reply was lost) or not: sending them again, under the same ids, finds out
 */
export async function appendConversions(
  pool: pg.Pool,
  conversions: readonly NewConversion[],
  receivedAtMs: number,
): Promise<AppendedConversion[]> {
  const text = (pick: (one: NewConversion) => string | null) => textArray(conversions.map(pick));
  const values = [
    new Date(receivedAtMs),
    CONVERSION_ACTIONS_MAX,
    int4Array(conversions.map((one) => one.tenantId)),
    uuidArray(conversions.map((one) => one.conversionId)),
    int8Array(conversions.map((one) => one.convertedAtMs)),
    text((one) => one.action),
    text((one) => one.orderId),
    conversions.map((one) => one.clickId),
    text((one) => one.userId),
    conversions.map((one) => one.valueMicros),
    text((one) => one.currency),
    text((one) => one.source),
    text((one) => one.madeBy),
  ];
  const append = async () => (await pool.query<AppendedConversion>({ ...APPEND, values })).rows;
  try {
    return await append();
  } catch (error) {
    if (!STORED_MEANWHILE.has((error as { code?: string }).code ?? '')) throw error;
    return append();
  }
}
