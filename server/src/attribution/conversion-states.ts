import type pg from 'pg';
import type { ClickPlace } from './click-places.js';

/** A conversion as it stands, and the rules of its action. */
export interface ConversionState {
  conversionId: string;
  /** Of the newest state. */
  revision: number;
  status: 'waiting' | 'attributed' | 'unattributed' | 'retracted';
  reason: string;
  action: string;
  convertedAtMs: number;
  giveUpAtMs: number;
  /** The click that it names. */
  givenClickId: string | null;
  userId: string | null;
  /** Whether analytics was asked for the click that it names before. */
  wasLookedFor: boolean;
  clickWindowDays: number;
  userWindowDays: number;
  isOnePerClick: boolean;
  /** What it is attributed to, by valid clicks and by all clicks. */
  click: StoredClick | null;
  anyClick: StoredClick | null;
}

/** A click of a state, and where the ledger has it. */
export interface StoredClick extends ClickPlace {
  matchedBy: 'click_id' | 'user_id';
}

/** The newest states of some conversions of a tenant, in the order that they came in. Unknown IDs are left out. */
export async function readConversionStates(
  session: pg.ClientBase,
  tenantId: number,
  conversionIds: readonly string[],
): Promise<ConversionState[]> {
  const { rows } = await session.query<ConversionState>({
    name: 'read_conversion_states',
    text: `SELECT s.conversion_id AS "conversionId", s.revision, s.status, a.reason, a.action,
        (extract(epoch FROM a.converted_at) * 1000)::bigint AS "convertedAtMs",
        (extract(epoch FROM s.give_up_at) * 1000)::bigint AS "giveUpAtMs",
        s.given_click_id AS "givenClickId", s.user_id AS "userId", s.checked_to > 0 AS "wasLookedFor",
        t.click_window_days AS "clickWindowDays", t.user_window_days AS "userWindowDays",
        t.counting = 'one_per_click' AS "isOnePerClick",
        CASE WHEN a.click_id IS NOT NULL THEN ${STORED_CLICK('a.click_id', 'a.click_batch_id', 'a.click_received_at', 'a.matched_by')} END AS click,
        CASE WHEN a.any_click IS NOT NULL THEN ${STORED_CLICK(
          "a.any_click ->> 'click_id'",
          "(a.any_click ->> 'click_batch_id')::bigint",
          "(a.any_click ->> 'click_received_at')::timestamptz",
          "a.any_click ->> 'matched_by'",
        )} WHEN a.click_id IS NOT NULL THEN ${STORED_CLICK('a.click_id', 'a.click_batch_id', 'a.click_received_at', 'a.matched_by')} END AS "anyClick"
      FROM unnest($2::uuid[]) AS i (conversion_id)
      JOIN conversion_states s ON s.tenant_id = $1 AND s.conversion_id = i.conversion_id
      JOIN attributions a ON a.tenant_id = s.tenant_id AND a.conversion_id = s.conversion_id AND a.made_at = s.changed_at
        AND a.revision = s.revision
      JOIN conversion_actions t ON t.tenant_id = s.tenant_id AND t.action = a.action
      ORDER BY s.received_at, s.conversion_id`,
    values: [tenantId, conversionIds],
  });
  return rows;
}

function STORED_CLICK(id: string, batch: string, receivedAt: string, matchedBy: string): string {
  return `jsonb_build_object('clickId', ${id}, 'batchId', ${batch},
          'receivedAtMs', (extract(epoch FROM ${receivedAt}) * 1000)::bigint, 'matchedBy', ${matchedBy})`;
}

/** Clicks that have a conversion of an action already, and which one; by valid clicks and by all clicks. */
export interface Holders {
  valid: Map<string, string>;
  all: Map<string, string>;
}

/** Which of some clicks have a conversion of this action already. */
export async function readHolders(
  session: pg.ClientBase,
  tenantId: number,
  action: string,
  clickIds: readonly string[],
): Promise<Holders> {
  const holders: Holders = { valid: new Map(), all: new Map() };
  if (clickIds.length === 0) return holders;
  const { rows } = await session.query<{ view: 'valid' | 'all'; clickId: string; conversionId: string }>({
    name: 'read_holders',
    text: `SELECT f.view, f.click_id AS "clickId", f.conversion_id AS "conversionId"
      FROM (
        SELECT 'valid' AS view, click_id, conversion_id, revision, changed_at FROM conversion_states
        WHERE tenant_id = $1 AND click_id = ANY ($3) AND status = 'attributed'
        UNION ALL
        SELECT 'all', any_click_id, conversion_id, revision, changed_at FROM conversion_states
        WHERE tenant_id = $1 AND any_click_id = ANY ($3) AND status <> 'retracted'
      ) AS f
      JOIN attributions a ON a.tenant_id = $1 AND a.conversion_id = f.conversion_id AND a.made_at = f.changed_at AND a.revision = f.revision
      WHERE a.action = $2`,
    values: [tenantId, action, clickIds],
  });
  for (const { view, clickId, conversionId } of rows) holders[view].set(clickId, conversionId);
  return holders;
}
