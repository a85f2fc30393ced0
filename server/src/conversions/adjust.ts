import { type AdjustmentInput, readAmount, type WrongConversion, wrongField } from '@clickledger/contract';
import type pg from 'pg';
import { type AttributionDecision, appendAttributions } from '../ledger/append-attributions.js';
import { LOCKS } from '../lib/locks.js';
import { inTransaction } from '../lib/transaction.js';

export interface AdjustRequest {
  tenantId: number;
  /** Who, for the audit log. */
  actor: string;
  adjustments: readonly AdjustmentInput[];
  nowMs: number;
}

/** What became of an adjustment. */
export type AdjustOutcome = { conversionId: string; isUnchanged: boolean } | { wrong: WrongConversion };

/** The newest state of a conversion that an adjustment names; `revision` and what follows are null once retention has dropped it. */
interface NamedState {
  place: number;
  conversionId: string;
  revision: number | null;
  status: AttributionDecision['status'];
  reason: string;
  /** As text: exact at any size. */
  valueMicros: string;
  currency: string;
}

type Decided = { state: NamedState; decision: AttributionDecision | null } | { wrong: WrongConversion };

/**
 * Restates and retracts conversions: each gets another state, appended behind those that it had. What is so already stays as it is, so that
 * the same request may come again. All in one transaction, with what the audit log says of it.
 *
 * @param pool of the owner of the tables: an adjustment writes a batch
 */
export const adjustConversions = (pool: pg.Pool, request: AdjustRequest): Promise<AdjustOutcome[]> =>
  inTransaction(pool, async (client) => {
    // In the order in which `append_attributions` takes them; held until the end, so that nothing changes between reading and appending.
    await client.query('SELECT pg_advisory_xact_lock_shared($1)', [LOCKS.adjustments]);
    const decided = decideAll(request, await readStates(client, request));
    const decisions = decided.flatMap((one) => ('decision' in one && one.decision ? [one.decision] : []));
    const appended = await appendAttributions(client, decisions, request.nowMs);
    if (appended.length !== decisions.length) throw new Error('a locked conversion has another state');
    await record(client, request, decided);
    return decided.map((one) =>
      'wrong' in one ? one : { conversionId: one.state.conversionId, isUnchanged: one.decision === null },
    );
  });

async function readStates(
  client: pg.PoolClient,
  { tenantId, adjustments }: AdjustRequest,
): Promise<Map<number, NamedState>> {
  const { rows } = await client.query<NamedState>(
    `WITH named AS (
       SELECT i.place, coalesce(k.conversion_id, CASE WHEN i.dedup_key IS NULL THEN i.conversion_id END) AS conversion_id, i.conversion_id AS given
       FROM unnest($2::text[], $3::text[], $4::uuid[]) WITH ORDINALITY AS i (action, dedup_key, conversion_id, place)
       LEFT JOIN conversion_keys k ON k.tenant_id = $1 AND k.action = i.action AND k.dedup_key = i.dedup_key
     ), locked AS (
       SELECT s.* FROM conversion_states s
       WHERE s.tenant_id = $1 AND s.conversion_id IN (SELECT n.conversion_id FROM named n)
       ORDER BY s.conversion_id FOR UPDATE
     )
     SELECT n.place::integer, n.conversion_id AS "conversionId", a.revision, a.status, a.reason,
       a.value_micros::text AS "valueMicros", a.currency
     FROM named n
     LEFT JOIN locked s USING (conversion_id)
     LEFT JOIN attributions a ON a.tenant_id = $1 AND a.conversion_id = s.conversion_id AND a.made_at = s.changed_at AND a.revision = s.revision
     WHERE n.conversion_id IS NOT NULL
       AND (n.given IS NULL OR n.given = n.conversion_id)
       AND (s.conversion_id IS NOT NULL OR n.given IS NULL)`,
    [
      tenantId,
      adjustments.map(({ action }) => action ?? null),
      adjustments.map(({ order_id: orderId }) => (orderId === undefined ? null : `o:${orderId}`)),
      adjustments.map(({ conversion_id: id }) => id ?? null),
    ],
  );
  return new Map(rows.map((row) => [row.place, row]));
}

function decideAll(request: AdjustRequest, states: ReadonlyMap<number, NamedState>): Decided[] {
  const seen = new Set<string>();
  return request.adjustments.map((adjustment, i) => {
    const state = states.get(i + 1);
    const field = adjustment.order_id === undefined ? 'conversion_id' : 'order_id';
    if (!state) return { wrong: wrongField(field, 'unknown_conversion', 'There is no such conversion') };
    if (state.revision === null)
      return { wrong: wrongField(field, 'conversion_too_old', 'The ledger no longer has this conversion') };
    if (seen.has(state.conversionId))
      return { wrong: wrongField(field, 'adjusted_twice', 'Named twice in this request') };
    seen.add(state.conversionId);
    return decide(request.tenantId, adjustment, { ...state, revision: state.revision });
  });
}

function decide(
  tenantId: number,
  { adjustment, value, currency }: AdjustmentInput,
  state: NamedState & { revision: number },
): Decided {
  const { conversionId, revision, status, reason } = state;
  const base = { tenantId, conversionId, revision };
  const isRetracted = status === 'retracted';
  if (adjustment === 'retract') {
    const decision = { ...base, cause: 'retracted' as const, status: 'retracted' as const, reason: '' };
    return { state, decision: isRetracted ? null : decision };
  }
  if (isRetracted)
    return { wrong: wrongField('adjustment', 'conversion_retracted', 'The conversion was retracted') };
  const amount = readAmount(value);
  if ('error' in amount) return { wrong: wrongField('value', amount.code, amount.error) };
  if (currency !== undefined && state.currency !== '' && currency !== state.currency)
    return {
      wrong: wrongField('currency', 'currency_mismatch', `The conversion is in ${state.currency}`),
    };
  const inCurrency = state.currency || currency;
  if (inCurrency === undefined && amount.micros > 0n)
    return { wrong: wrongField('currency', 'currency_required', 'Required: the conversion has none') };
  if (amount.micros === BigInt(state.valueMicros)) return { state, decision: null };
  const decision = { ...base, cause: 'restated' as const, status, reason, valueMicros: amount.micros };
  return { state, decision: { ...decision, ...(inCurrency === undefined ? {} : { currency: inCurrency }) } };
}

/** A line of the audit log for each conversion that was changed. */
async function record(
  client: pg.PoolClient,
  request: AdjustRequest,
  decided: readonly Decided[],
): Promise<void> {
  const lines = decided.flatMap((one, i) => {
    if ('wrong' in one || !one.decision) return [];
    const { state, decision } = one;
    const note = request.adjustments[i]?.note;
    const isRestated = decision.cause === 'restated';
    return [
      {
        subject: state.conversionId,
        before: isRestated ? { value_micros: state.valueMicros } : { status: state.status },
        after: {
          ...(isRestated ? { value_micros: String(decision.valueMicros) } : { status: 'retracted' }),
          ...(note === undefined ? {} : { note }),
        },
      },
    ];
  });
  if (lines.length === 0) return;
  await client.query(
    `INSERT INTO audit_log (tenant_id, actor, action, subject, old_values, new_values)
     SELECT $1, $2, 'conversion.adjust', i.subject, i.before, i.after
     FROM jsonb_to_recordset($3) AS i (subject text, before jsonb, after jsonb)`,
    [request.tenantId, request.actor, JSON.stringify(lines)],
  );
}
