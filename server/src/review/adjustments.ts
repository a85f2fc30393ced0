import { LIMITS, type RunsReply } from '@clickledger/contract';
import type pg from 'pg';
import { recordAudit } from '../audit/audit.js';
import { LOCKS, lockTransaction } from '../lib/locks.js';
import { ISO_UTC } from '../lib/sql.js';
import { Invalid } from '../lib/told.js';
import { inTransaction } from '../lib/transaction.js';

/** A click whose verdict is to be another one, and where the ledger has it. */
export interface AdjustedClick {
  clickId: string;
  batchId: number;
  receivedAtMs: number;
  reason: string;
  /** JSON by rule, as a click's. */
  evidence: string;
}

export interface Adjustment {
  tenantId: number;
  madeAtMs: number;
  /** The rule or, with `byPerson`, who. */
  madeBy: string;
  /** A person's verdict stays whatever rules find later; another person may change it. */
  byPerson?: boolean;
  rulesVersion: number;
  isFraudulent: boolean;
  clicks: readonly AdjustedClick[];
}

/**
 * Appends adjustments for the clicks that have another verdict now, in one transaction, and returns how many those were.
 * Said again, it changes nothing.
 */
export async function appendAdjustments(
  pool: pg.Pool | pg.PoolClient,
  adjustment: Adjustment,
): Promise<number> {
  const { clicks } = adjustment;
  const { rows } = await (pool as pg.Pool).query<{ count: number }>(
    'SELECT append_adjustments($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) AS count',
    [
      adjustment.tenantId,
      new Date(adjustment.madeAtMs),
      adjustment.madeBy,
      adjustment.byPerson ?? false,
      adjustment.rulesVersion,
      adjustment.isFraudulent,
      clicks.map(({ clickId }) => clickId),
      clicks.map(({ batchId }) => batchId),
      clicks.map(({ receivedAtMs }) => receivedAtMs),
      clicks.map(({ reason }) => reason),
      clicks.map(({ evidence }) => evidence),
    ],
  );
  return rows[0]?.count ?? 0;
}

export type Run = RunsReply['data'][number];

/** Keeps what a run of a rule found. */
export async function noteRun(pool: pg.Pool, tenantId: number, run: Run): Promise<void> {
  await pool.query(
    `INSERT INTO fraud_runs (tenant_id, rule, rules_version, is_shadow, from_time, to_time, subjects, clicks, adjusted, ran_at, ran_by)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
    [
      tenantId,
      run.rule,
      run.rules_version,
      run.is_shadow,
      run.from_time,
      run.to_time,
      run.subjects,
      run.clicks,
      run.adjusted,
      run.ran_at,
      run.ran_by,
    ],
  );
}

/** Newest first, at most `LIMITS.changesMax`. */
export async function listRuns(pool: pg.Pool, tenantId: number): Promise<Run[]> {
  const { rows } = await pool.query<Run>(
    `SELECT rule, rules_version, is_shadow, ${ISO_UTC('from_time')} AS from_time, ${ISO_UTC('to_time')} AS to_time,
       subjects, clicks, adjusted, ${ISO_UTC('ran_at')} AS ran_at, ran_by
     FROM fraud_runs WHERE tenant_id = $1 ORDER BY run_id DESC LIMIT $2`,
    [tenantId, LIMITS.changesMax],
  );
  return rows;
}

/** Up to when a tenant's clicks are billed; null: nothing is. */
export async function readClosedUntil(
  pool: pg.Pool | pg.PoolClient,
  tenantId: number,
): Promise<string | null> {
  const { rows } = await (pool as pg.Pool).query<{ closed_until: string | null }>(
    `SELECT ${ISO_UTC('max(closed_until)')} AS closed_until FROM closed_periods WHERE tenant_id = $1`,
    [tenantId],
  );
  return rows[0]?.closed_until ?? null;
}

/** Closes what is before this time. Adjustments under way finish first, and later ones see it. */
export function closeUntil(
  pool: pg.Pool,
  tenantId: number,
  closedUntil: string,
  closedBy: string,
): Promise<void> {
  return inTransaction(pool, async (client) => {
    // The lock of close_period: what is read here is still so when it closes.
    await lockTransaction(client, LOCKS.adjustments);
    const before = await readClosedUntil(client, tenantId);
    if (before !== null && Date.parse(closedUntil) < Date.parse(before))
      throw new Invalid(`Already closed until ${before}`, 'closed_until');
    await client.query('SELECT close_period($1, $2, $3)', [tenantId, closedUntil, closedBy]);
    await recordAudit(client, {
      tenantId,
      actor: closedBy,
      action: 'period.close',
      subject: 'closed_until',
      before: { closed_until: before },
      after: { closed_until: closedUntil },
    });
  });
}
