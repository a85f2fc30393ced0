import { wrongField } from '@clickledger/contract';
import type pg from 'pg';
import type { Database } from '../lib/sql.js';
import { adjustConversions } from './adjust.js';
import { RefusedConversion } from './conversion.js';

/** Conversions of one click that a network takes back at once. */
const CLICK_CONVERSIONS_MAX = 100;

/**
 * Retracts what a network rejects or pays back: the conversions of its order in whatever action, or else of its click.
 *
 * @returns the first of them
 * @throws RefusedConversion when there is none
 */
export async function retractReported(
  pool: pg.Pool,
  {
    orderId,
    clickId,
    ...request
  }: { tenantId: number; actor: string; nowMs: number; orderId: string | null; clickId: string | null },
): Promise<string> {
  const { tenantId } = request;
  const ids = await (orderId === null ? ofClick(pool, tenantId, clickId) : ofOrder(pool, tenantId, orderId));
  const adjustments = ids.map((id) => ({ adjustment: 'retract' as const, conversion_id: id }));
  const outcomes = adjustments.length === 0 ? [] : await adjustConversions(pool, { ...request, adjustments });
  for (const outcome of outcomes) if ('conversionId' in outcome) return outcome.conversionId;
  const field = orderId === null ? 'click_id' : 'order_id';
  throw new RefusedConversion(wrongField(field, 'unknown_conversion', 'There is no such conversion'));
}

async function ofOrder(database: Database, tenantId: number, orderId: string): Promise<string[]> {
  const { rows } = await database.query<{ id: string }>(
    `SELECT k.conversion_id AS id FROM conversion_actions a
     JOIN conversion_keys k ON k.tenant_id = a.tenant_id AND k.action = a.action AND k.dedup_key = 'o:' || $2
     WHERE a.tenant_id = $1 ORDER BY k.received_at`,
    [tenantId, orderId],
  );
  return rows.map(({ id }) => id);
}

async function ofClick(database: Database, tenantId: number, clickId: string | null): Promise<string[]> {
  const { rows } = await database.query<{ id: string }>(
    `SELECT conversion_id AS id FROM conversion_states WHERE tenant_id = $1 AND given_click_id = $2
     ORDER BY received_at LIMIT $3`,
    [tenantId, clickId, CLICK_CONVERSIONS_MAX],
  );
  return rows.map(({ id }) => id);
}
