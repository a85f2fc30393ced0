import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import {
  type AttributionDecision,
  appendAttributions,
  type MatchedClick,
} from '../ledger/append-attributions.js';
import {
  type AppendedConversion,
  appendConversions,
  type NewConversion,
} from '../ledger/append-conversions.js';

/** A sale of a person who has never clicked: it waits for as long as a test runs. */
export const aConversion = (fields: Partial<NewConversion> = {}): NewConversion => ({
  tenantId: 1,
  conversionId: randomUUID(),
  convertedAtMs: Date.now(),
  action: 'sale',
  orderId: null,
  clickId: null,
  userId: `nobody-${randomUUID()}`,
  valueMicros: 12_500_000n,
  currency: 'EUR',
  source: 'api',
  madeBy: 'test',
  ...fields,
});

/** Stores one conversion. */
export async function convert(
  pool: pg.Pool,
  fields: Partial<NewConversion> = {},
  receivedAtMs = Date.now(),
): Promise<AppendedConversion> {
  const [appended] = await appendConversions(pool, [aConversion(fields)], receivedAtMs);
  if (!appended) throw new Error('nothing was said of a conversion');
  return appended;
}

/** Where the ledger has a click, as a decision names it. */
export async function matched(pool: pg.Pool, clickId: string): Promise<MatchedClick> {
  const { rows } = await pool.query<MatchedClick>(
    `SELECT click_id AS "clickId", batch_id AS "batchId", (extract(epoch FROM received_at) * 1000)::bigint AS "receivedAtMs",
       'click_id' AS "matchedBy"
     FROM click_events WHERE click_id = $1`,
    [clickId],
  );
  if (!rows[0]) throw new Error(`no click ${clickId}`);
  return rows[0];
}

/** Gives a conversion its next state. */
export async function decide(
  pool: pg.Pool,
  conversionId: string,
  decision: Partial<AttributionDecision>,
  madeAtMs = Date.now(),
): Promise<number> {
  const { rows } = await pool.query(
    'SELECT tenant_id, revision FROM conversion_states WHERE conversion_id = $1',
    [conversionId],
  );
  const appended = await appendAttributions(
    pool,
    [
      {
        tenantId: rows[0]?.tenant_id,
        conversionId,
        revision: rows[0]?.revision,
        cause: 'matched',
        status: 'attributed',
        reason: '',
        ...decision,
      },
    ],
    madeAtMs,
  );
  return appended.length;
}
