import type { ClickHouseClient } from '@clickhouse/client';
import {
  MANUAL_REASON,
  type VerdictInput,
  type VerdictsInput,
  type VerdictsReply,
} from '@clickledger/contract';
import type pg from 'pg';
import { decodeCursor, encodeCursor } from '../analytics/queries/click-cursor.js';
import { findClickPlaces } from '../analytics/queries/click-places.js';
import { recordAudit } from '../audit/audit.js';
import { inTransaction } from '../lib/transaction.js';
import { type AdjustedClick, appendAdjustments } from './adjustments.js';
import type { ClickPlace } from './click-story.js';
import { readRules } from './fraud-rules.js';

/** Clicks that one request goes through; whoever wants more goes on at its cursor. */
const CLICKS_MAX = 100_000;
/** Clicks in one transaction. */
const BATCH_CLICKS_MAX = 1_000;

export interface VerdictParts {
  /** As the owner of the ledger: an adjustment writes a batch, which no tenant's requests may. */
  pool: pg.Pool;
  now: () => number;
}

/** Who gives a verdict. */
export interface Judge {
  tenantId: number;
  /** `Caller.actor`. */
  actor: string;
}

/**
 * A person's verdict on one click. It stays, whatever the rules find later; another verdict of a person replaces it. A click of a
 * closed month keeps what it was billed by, and the change is a credit or a charge of a later one.
 *
 * @returns false: the click had this verdict already
 */
export async function giveVerdict(
  parts: VerdictParts,
  judge: Judge,
  click: ClickPlace & { clickId: string },
  verdict: VerdictInput,
): Promise<boolean> {
  const subject = `click ${click.clickId}`;
  return (await append(parts, judge, [click], verdict, { subject, about: {} })) > 0;
}

/**
 * The same for clicks that analytics finds, the oldest first, until `limit` of them are changed or none is left.
 *
 * @throws `WrongCursor`, or what a store says
 */
export async function giveVerdicts(
  parts: VerdictParts & { client: ClickHouseClient },
  judge: Judge,
  { filters, limit, cursor, ...verdict }: VerdictsInput,
): Promise<VerdictsReply> {
  // Whose they were is not for the audit log, which is kept for good.
  const { user_id, ip_hash, ...about } = filters;
  let after = cursor === undefined ? null : decodeCursor(cursor);
  let changed = 0;
  for (let seen = 0; seen < CLICKS_MAX && changed < limit; ) {
    const clicks = await findClickPlaces(parts.client, judge.tenantId, {
      // Those with the other verdict.
      filters: { ...filters, flagged: verdict.is_fraudulent ? 'false' : 'true' },
      after,
      limit: Math.min(BATCH_CLICKS_MAX, limit - changed),
    });
    if (clicks.length === 0) return { changed, next_cursor: null };
    changed += await append(parts, judge, clicks, verdict, { subject: 'clicks', about });
    seen += clicks.length;
    after = clicks.at(-1) ?? null;
  }
  return { changed, next_cursor: after && encodeCursor(after) };
}

/** Appends the adjustments and the entry of the audit log that tells of them, in one transaction. */
async function append(
  { pool, now }: VerdictParts,
  { tenantId, actor }: Judge,
  clicks: readonly (ClickPlace & { clickId: string })[],
  { is_fraudulent, note }: VerdictInput,
  { subject, about }: { subject: string; about: Record<string, unknown> },
): Promise<number> {
  const { version } = await readRules(pool, tenantId);
  const evidence = JSON.stringify({ [MANUAL_REASON]: { note } });
  return inTransaction(pool, async (client) => {
    const changed = await appendAdjustments(client, {
      tenantId,
      madeAtMs: now(),
      madeBy: actor,
      byPerson: true,
      rulesVersion: version,
      isFraudulent: is_fraudulent,
      clicks: clicks.map(
        ({ clickId, batchId, receivedAtMs }): AdjustedClick => ({
          clickId,
          batchId,
          receivedAtMs,
          evidence,
          reason: MANUAL_REASON,
        }),
      ),
    });
    if (changed > 0)
      await recordAudit(client, {
        tenantId,
        actor,
        action: 'click.verdict',
        subject,
        before: { is_fraudulent: !is_fraudulent },
        after: { ...about, is_fraudulent, note, clicks: changed },
      });
    return changed;
  });
}
