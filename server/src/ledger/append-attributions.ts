import type pg from 'pg';

/** A click, and where the ledger has it. */
export interface MatchedClick {
  clickId: string;
  batchId: number;
  receivedAtMs: number;
  matchedBy: 'click_id' | 'user_id';
}

export type AttributionStatus = 'waiting' | 'attributed' | 'unattributed' | 'retracted';

/** The next state of a conversion. What is left out stays as it was. */
export interface AttributionDecision {
  tenantId: number;
  conversionId: string;
  /** The revision that this was decided on. When the conversion has a newer one, nothing is appended. */
  revision: number;
  cause: 'matched' | 'click_flagged' | 'click_cleared' | 'restated' | 'retracted' | 'expired';
  status: AttributionStatus;
  /** A code: why it is not attributed; empty when it is. */
  reason: string;
  /** The last valid click; null for none. */
  click?: MatchedClick | null;
  /** The last click whatever its verdict, also when it is the same; null for none. */
  anyClick?: MatchedClick | null;
  valueMicros?: bigint;
  currency?: string;
  /** The last chunk whose clicks were looked at. */
  checkedTo?: number;
}

/** A conversion that got another state. */
export interface AppendedAttribution {
  tenantId: number;
  conversionId: string;
  /** Of the new state. */
  revision: number;
}

const clickOf = (click: MatchedClick | null) =>
  click && {
    click_id: click.clickId,
    batch_id: click.batchId,
    received_at_ms: click.receivedAtMs,
    matched_by: click.matchedBy,
  };

/** As `append_attributions` takes it: JSON has no place for what is undefined. */
const jsonOf = (one: AttributionDecision) => ({
  tenant_id: one.tenantId,
  conversion_id: one.conversionId,
  revision: one.revision,
  cause: one.cause,
  status: one.status,
  reason: one.reason,
  click: one.click === undefined ? undefined : clickOf(one.click),
  any_click: one.anyClick === undefined ? undefined : clickOf(one.anyClick),
  value_micros: one.valueMicros === undefined ? undefined : String(one.valueMicros),
  currency: one.currency,
  checked_to: one.checkedTo,
});

/**
 * Gives conversions their next states, with the facts of the clicks as the ledger has them, in one transaction and one batch. A decision on
 * a state that is no longer the newest is left out, and so is one for a click that the ledger does not have: decide again.
 *
 * @returns those that got another state
 * @throws whatever PostgreSQL says; sent again, what was stored is left out
 */
export async function appendAttributions(
  database: Pick<pg.ClientBase, 'query'>,
  decisions: readonly AttributionDecision[],
  madeAtMs: number,
): Promise<AppendedAttribution[]> {
  if (decisions.length === 0) return [];
  const { rows } = await database.query<AppendedAttribution>({
    name: 'append_attributions',
    text: `SELECT tenant_id AS "tenantId", conversion_id AS "conversionId", revision FROM append_attributions($1, $2)`,
    values: [new Date(madeAtMs), JSON.stringify(decisions.map(jsonOf))],
  });
  return rows;
}
